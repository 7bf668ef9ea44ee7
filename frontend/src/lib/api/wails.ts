import type { Api } from './api';
import { toProblem } from './problem';
import type { DraftFile, Events, Id } from './types';

type Bound = (...args: unknown[]) => Promise<unknown>;
type Service = Record<string, Bound | undefined>;

/** What Wails injects into the page, in the window as in a development browser. */
interface WailsWindow {
  go?: { app?: Record<string, Service | undefined> };
  runtime?: { EventsOn(name: string, handler: (payload: unknown) => void): () => void };
}

async function call<R>(service: string, method: string, args: unknown[]): Promise<R> {
  const bound = (window as WailsWindow).go?.app?.[service]?.[method];
  if (!bound) throw toProblem(`${service}.${method} is not bound`);
  try {
    return (await bound(...args)) as R;
  } catch (reason) {
    throw toProblem(reason);
  }
}

/** A service whose methods are bound under the same name with a capital first letter. */
function service<S extends object>(name: string): S {
  return new Proxy({} as S, {
    get: (_, method) => {
      // A promise resolved with the service would otherwise find it thenable.
      if (typeof method !== 'string' || method === 'then') return undefined;
      const bound = method.charAt(0).toUpperCase() + method.slice(1);
      return (...args: unknown[]) => call(name, bound, args);
    },
  });
}

/** Octets don't fit into a bound call: they are posted, as what no other page may send. */
function attach(
  draft: Id,
  file: File,
  contentId: string,
  progress: (part: number) => void,
): Promise<DraftFile> {
  const query = new URLSearchParams({
    id: draft,
    name: file.name,
    type: file.type,
    cid: contentId,
  });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 1);
    request.onload = () => {
      if (request.status === 200) resolve(JSON.parse(request.responseText) as DraftFile);
      else reject(toProblem(request.responseText));
    };
    request.onerror = () => reject(toProblem(`attaching failed with status ${request.status}`));
    request.open('POST', `/mail/draft/file?${query}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    // QUIRK: WebKit hands no Blob over to the handler of a scheme, only octets.
    file.arrayBuffer().then((octets) => request.send(octets), reject);
  });
}

/** The services of the running application. */
export function wailsApi(): Api {
  return {
    accounts: service('Accounts'),
    verification: service('Verification'),
    identities: service('Identities'),
    mail: service('Mail'),
    compose: service('Compose'),
    settings: service('Settings'),
    system: service('System'),
    attach,
    on<N extends keyof Events>(name: N, handler: (payload: Events[N]) => void) {
      const events = (window as WailsWindow).runtime;
      if (!events) throw toProblem('the Wails runtime is missing');
      return events.EventsOn(name, (payload) => handler(payload as Events[N]));
    },
  };
}
