import type { AccountForm, Discovery, Server } from '../src/lib/api/types.ts';
import { signInOf } from './signin.ts';

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
  moreImap: [],
  moreSmtp: [],
  signIn: ['password'],
  proposed: signInOf(email),
  cautions: [],
});

/** What is known of an address without asking anybody: no servers. */
export const suggested = (email: string): AccountForm => ({
  id: '',
  email,
  name: '',
  user: email,
  password: '',
  imap: server('', 0),
  smtp: server('', 0),
  notify: true,
  signIn: signInOf(email),
  signature: '',
  keep: '',
  granted: '',
});
