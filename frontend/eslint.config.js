import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Only src/lib/api may know that there is a Go side. */
const oneDoor = {
  'no-restricted-globals': ['error', { name: 'go', message: 'Reach Go through $lib/api.' }],
  'no-restricted-properties': [
    'error',
    { object: 'window', property: 'go', message: 'Reach Go through $lib/api.' },
    { object: 'window', property: 'runtime', message: 'Reach Wails through $lib/api.' },
  ],
  'no-restricted-imports': [
    'error',
    {
      patterns: [
        { group: ['**/wailsjs/**'], message: 'Reach Go through $lib/api.' },
        { group: ['$dev/*', '**/dev/**'], message: 'The fake backend is for development only.' },
      ],
    },
  ],
};

export default ts.config(
  { ignores: ['dist/', 'wailsjs/', 'node_modules/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
    rules: {
      'svelte/button-has-type': 'error',
      'svelte/no-target-blank': 'error',
      // Sets and maps that never change need no signals.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { files: ['src/**'], ignores: ['src/lib/api/**', 'src/**/*.test.ts'], rules: oneDoor },
  { files: ['e2e/**'], rules: { 'no-console': 'off' } },
);
