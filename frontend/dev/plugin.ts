import type { Plugin } from 'vite';
import { frameDocument } from './bodies.ts';
import { FakeGo } from './fake.ts';

/** Serves the window with sample data in place of Go: `npm run dev:fake`. */
export function fakeBackend(): Plugin {
  const fake = new FakeGo({ older: 5000 });
  return {
    name: 'waxwing-fake-backend',
    transformIndexHtml: () => [
      {
        tag: 'script',
        attrs: { type: 'module', src: '/dev/install.ts' },
        injectTo: 'head-prepend',
      },
    ],
    configureServer(server) {
      server.middlewares.use('/mail/body', (request, response) => {
        const query = new URL(request.url ?? '', 'http://fake').searchParams;
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.setHeader('Content-Security-Policy', 'sandbox allow-scripts');
        response.end(frameDocument(fake.bodyOf(query.get('id') ?? ''), query.has('dark')));
      });
    },
  };
}
