import type { Plugin } from 'vite';
import { frameDocument } from './bodies.ts';
import { FakeGo } from './fake.ts';

/** Serves the window with sample data in place of Go: `npm run dev:fake`. */
export function fakeBackend(): Plugin {
  const fake = new FakeGo({ older: 5000 });
  const files = new Map<string, Buffer>();
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
      server.middlewares.use('/mail/draft/quote', (request, response) => {
        const query = new URL(request.url ?? '', 'http://fake').searchParams;
        response.setHeader('Content-Type', 'text/html; charset=utf-8');
        response.setHeader('Content-Security-Policy', 'sandbox allow-scripts');
        response.end(frameDocument(fake.bodyOf('a1-m1'), query.has('dark')));
      });
      server.middlewares.use('/mail/draft/file', (request, response) => {
        const query = new URL(request.url ?? '', 'http://fake').searchParams;
        const kept = files.get(query.get('file') ?? '');
        if (request.method === 'GET') return response.end(kept);
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const id = String(files.size + 1);
          const octets = Buffer.concat(chunks);
          files.set(id, octets);
          const [name, type, contentId] = ['name', 'type', 'cid'].map(
            (key) => query.get(key) ?? '',
          );
          response.end(JSON.stringify({ id, name, type, size: octets.length, contentId }));
        });
      });
    },
  };
}
