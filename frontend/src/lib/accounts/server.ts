import type { Security, Server } from '../api';

/** Which of an account's two servers. */
export type ServerKind = 'imap' | 'smtp';

/** What a person typed or pasted as a server; what they left out is undefined. */
export interface ServerAddress {
  host: string;
  port?: number;
  security?: Security;
}

/** Why a text is no server: "wrongKind" is an outgoing one given as incoming, or the reverse. */
export type ServerMistake = 'empty' | 'host' | 'port' | 'pop3' | 'wrongKind';

/** The usual port of each protection (RFC 8314 §7.3, RFC 9051 §11.1, RFC 6409 §3.1). */
const usualPorts: Record<ServerKind, Record<Security, number>> = {
  imap: { tls: 993, starttls: 143, none: 143 },
  smtp: { tls: 465, starttls: 587, none: 587 },
};

/** The ports offered to choose from, the best first. */
export const offeredPorts: Record<ServerKind, readonly number[]> = {
  imap: [993, 143],
  smtp: [465, 587, 25],
};

const schemes: Record<string, { kind: ServerKind | 'pop3'; security?: Security }> = {
  imap: { kind: 'imap' },
  imaps: { kind: 'imap', security: 'tls' },
  smtp: { kind: 'smtp' },
  smtps: { kind: 'smtp', security: 'tls' },
  submission: { kind: 'smtp' },
  submissions: { kind: 'smtp', security: 'tls' },
  pop: { kind: 'pop3' },
  pop3: { kind: 'pop3' },
  pop3s: { kind: 'pop3' },
};

export function usualPort(kind: ServerKind, security: Security): number {
  return usualPorts[kind][security];
}

/** The protection that a well-known port stands for; undefined for another port. */
export function usualSecurity(kind: ServerKind, port: number): Security | undefined {
  if (port === usualPorts[kind].tls) return 'tls';
  return offeredPorts[kind].includes(port) ? 'starttls' : undefined;
}

/**
 * Reads a server as people type it and providers print it: "mail.example.com",
 * "mail.example.com:993", "imaps://mail.example.com/", "[2001:db8::1]:143",
 * "Server: mail.example.com, port 993 (SSL/TLS)".
 */
export function parseServer(text: string, kind: ServerKind): ServerAddress | ServerMistake {
  const plain = tidy(text);
  if (plain === '') return 'empty';
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/\s*)?(.*)$/i.exec(plain) ?? [];
  const meaning = schemes[scheme.toLowerCase()];
  if (meaning?.kind === 'pop3') return 'pop3';
  if (meaning && meaning.kind !== kind) return 'wrongKind';

  const [, first = '', words = ''] = /^([^\s,;()]*)(.*)$/.exec(rest) ?? [];
  const location = splitPort(scheme === '' ? first : authority(first));
  const host = location && hostOf(location.host);
  if (!location || host === undefined) return 'host';
  if (!isDescription(words)) return 'host';
  const digits = location.port || (/\d+/.exec(words)?.[0] ?? '');
  const port = digits === '' ? undefined : portOf(digits);
  if (port === 'port') return 'port';
  const security = meaning?.security ?? securityIn(words);
  return { host, ...(port && { port }), ...(security && { security }) };
}

/** Without invisible characters, full-width forms, quotes and a leading "Server:". */
function tidy(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff]/g, '')
    .trim()
    .replace(/^["'<]+|["'>]+$/g, '')
    .replace(/^[\p{L} ]+:\s+(?=\S*\.)/u, '')
    .trim();
}

/** The part of a URL that names the server, without user and path. */
function authority(text: string): string {
  const end = text.search(/[/?#]/);
  const whole = end < 0 ? text : text.slice(0, end);
  return whole.slice(whole.lastIndexOf('@') + 1);
}

/** Divides "host:port"; an IPv6 address may stand in brackets. */
function splitPort(text: string): { host: string; port: string } | undefined {
  const bracketed = /^(\[[^\]]*\])(?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? '' };
  const colons = text.split(':').length - 1;
  if (colons > 1) return { host: `[${text}]`, port: '' };
  const [host = '', port = ''] = text.replace(/\/+$/, '').split(':');
  return { host, port };
}

/** A name or address in lower case, IPv6 without brackets; undefined for what is neither. */
function hostOf(text: string): string | undefined {
  if (text.startsWith('[')) {
    const address = text.slice(1, -1).toLowerCase();
    return /^[0-9a-f:.]+$/.test(address) && URL.canParse(`http://[${address}]`)
      ? address
      : undefined;
  }
  const host = text.replace(/\.$/, '').toLowerCase();
  const labels = host.split('.');
  const sound = labels.every((l) =>
    /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_-]*[\p{L}\p{M}\p{N}_])?$/u.test(l),
  );
  if (!sound || host.length > 253) return undefined;
  const numeric = labels.every((l) => /^\d+$/.test(l));
  if (numeric && !(labels.length === 4 && labels.every((l) => Number(l) < 256))) return undefined;
  return host;
}

function portOf(digits: string): number | 'port' {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0;
  return port >= 1 && port <= 65535 ? port : 'port';
}

/** Whether what follows a server tells its port or protection, or nothing. */
function isDescription(words: string): boolean {
  return /^[^\p{L}]*$/u.test(words) || /\d/.test(words) || securityIn(words) !== undefined;
}

/** The protection named in the words after a server. */
function securityIn(words: string): Security | undefined {
  if (/starttls/i.test(words)) return 'starttls';
  return /\b(ssl|tls)\b/i.test(words) ? 'tls' : undefined;
}

/** A server as it stands in its field: "host:port". */
export function showServer({ host, port }: Pick<Server, 'host' | 'port'>): string {
  if (host === '') return '';
  const name = host.includes(':') ? `[${host}]` : host;
  return port ? `${name}:${port}` : name;
}

/** Whether a connection to the host stays inside this computer. */
export function isOwnComputer(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
