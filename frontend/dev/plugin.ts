import type { Plugin } from 'vite';

/** Serves the window with sample data in place of Go: `npm run dev:fake`. */
export function fakeBackend(): Plugin {
  return {
    name: 'waxwing-fake-backend',
    transformIndexHtml: () => [
      {
        tag: 'script',
        attrs: { type: 'module', src: '/dev/install.ts' },
        injectTo: 'head-prepend',
      },
    ],
  };
}
