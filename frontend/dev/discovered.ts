import type { Discovery, Server } from '../src/lib/api/types.ts';

const server = (host: string, port: number): Server => ({
  host,
  port,
  security: 'tls',
  trusted: '',
});

/** What trying the usual names of a domain finds; an empty one has no servers. */
export const discovered = (email: string, domain: string): Discovery => ({
  email,
  provider: 'other',
  name: '',
  source: 'probe',
  from: domain,
  user: '',
  imap: server(domain && `imap.${domain}`, domain ? 993 : 0),
  smtp: server(domain && `smtp.${domain}`, domain ? 465 : 0),
  signIn: ['password'],
  cautions: [],
});
