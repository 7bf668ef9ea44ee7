import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { fakeBackend } from './dev/plugin.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), svelteTesting(), ...(mode === 'fake' ? [fakeBackend()] : [])],
  resolve: { alias: { $lib: here('./src/lib'), $dev: here('./dev') } },
  server: { host: '127.0.0.1' },
  build: { target: ['chrome111', 'safari16.4'], chunkSizeWarningLimit: 700 },
  test: {
    environment: 'jsdom',
    setupFiles: ['./dev/setup.ts'],
    include: ['src/**/*.test.ts'],
    testTimeout: 30_000,
    env: { TZ: 'Europe/Berlin' },
  },
}));
