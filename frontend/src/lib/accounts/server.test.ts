import { describe, expect, test } from 'vitest';
import type { Security } from '../api';
import { ServerField } from './serverField.svelte';
import { isOwnComputer, parseServer, showServer, type ServerKind } from './server';

type Case = [text: string, host: string, port?: number, security?: Security];

describe('a server is read from', () => {
  const incoming: Case[] = [
    ['mail.example.com', 'mail.example.com'],
    ['mail.example.com:993', 'mail.example.com', 993],
    ['  Mail.Example.COM. ', 'mail.example.com'],
    ['mail.example.com:', 'mail.example.com'],
    ['mail.example.com 143', 'mail.example.com', 143],
    ['mail.example.com : 993', 'mail.example.com', 993],
    ['mail.example.com, port 993 (SSL/TLS)', 'mail.example.com', 993, 'tls'],
    ['mail.example.com:143 STARTTLS', 'mail.example.com', 143, 'starttls'],
    ['Server: mail.example.com Port: 993', 'mail.example.com', 993],
    ['imaps://mail.example.com', 'mail.example.com', undefined, 'tls'],
    ['IMAPS://mail.example.com:1993/', 'mail.example.com', 1993, 'tls'],
    ['imap://nora@mail.example.com:143/INBOX', 'mail.example.com', 143],
    ['https://mail.example.com/webmail?x=1', 'mail.example.com'],
    ['"mail.example.com:993"', 'mail.example.com', 993],
    ['mail.example.com\u200b:993', 'mail.example.com', 993],
    ['mail.example.com：993', 'mail.example.com', 993],
    ['localhost:1143', 'localhost', 1143],
    ['192.0.2.7:993', '192.0.2.7', 993],
    ['[2001:DB8::1]:993', '2001:db8::1', 993],
    ['[::1]', '::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['imaps://[2001:db8::1]:993/', '2001:db8::1', 993, 'tls'],
    ['post.müller.example', 'post.müller.example'],
    ['mail_1.example.com', 'mail_1.example.com'],
  ];
  test.each(incoming)('%j', (text, host, port, security) => {
    expect(parseServer(text, 'imap')).toEqual({
      host,
      ...(port && { port }),
      ...(security && { security }),
    });
  });

  test('smtps://mail.example.com:465 as the outgoing one', () => {
    expect(parseServer('smtps://mail.example.com:465', 'smtp')).toEqual({
      host: 'mail.example.com',
      port: 465,
      security: 'tls',
    });
  });
});

test.each([
  ['', 'imap', 'empty'],
  [' \u200b ', 'imap', 'empty'],
  ['a b', 'imap', 'host'],
  ['nora@example.com', 'imap', 'host'],
  ['mail..example.com', 'imap', 'host'],
  ['-mail.example.com', 'imap', 'host'],
  ['300.1.1.1', 'imap', 'host'],
  ['1.2.3', 'imap', 'host'],
  ['[nonsense]:993', 'imap', 'host'],
  ['imaps://', 'imap', 'host'],
  ['mail.example.com:0', 'imap', 'port'],
  ['mail.example.com:65536', 'imap', 'port'],
  ['mail.example.com:imaps', 'imap', 'port'],
  ['pop3s://mail.example.com', 'imap', 'pop3'],
  ['smtp://mail.example.com', 'imap', 'wrongKind'],
  ['imaps://mail.example.com', 'smtp', 'wrongKind'],
] as [string, ServerKind, string][])('%j as %s is refused: %s', (text, kind, mistake) => {
  expect(parseServer(text, kind)).toBe(mistake);
});

test.each([
  [{ host: 'mail.example.com', port: 993 }, 'mail.example.com:993'],
  [{ host: '::1', port: 143 }, '[::1]:143'],
  [{ host: '', port: 993 }, ''],
])('%j is shown as %j', (server, want) => expect(showServer(server)).toBe(want));

test('only this computer is this computer', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '::1'].every(isOwnComputer)).toBe(true);
  expect(['127.example.com', '10.0.0.1', 'localhost.example'].some(isOwnComputer)).toBe(false);
});

describe('a server field', () => {
  const guess = { host: 'imap.example.com', port: 993, security: 'tls', trusted: '' } as const;
  const type = (text: string, kind: ServerKind = 'imap') => {
    const field = new ServerField(kind);
    field.text = text;
    field.typed();
    field.settle();
    return field;
  };

  test('takes a guess, but not over what was typed', () => {
    const field = new ServerField('imap');
    field.suggest(guess);
    expect(field.value).toEqual(guess);
    const typed = type('mail.example.com');
    typed.suggest(guess);
    expect(typed.text).toBe('mail.example.com:993');
  });

  test.each([
    ['mail.example.com:143', 'imap', 'starttls'],
    ['mail.example.com:587', 'smtp', 'starttls'],
    ['mail.example.com:465', 'smtp', 'tls'],
    ['imaps://mail.example.com', 'imap', 'tls'],
  ] as [string, ServerKind, Security][])('%j as %s means %s', (text, kind, security) => {
    expect(type(text, kind).security).toBe(security);
  });

  test('keeps a chosen protection whatever the port', () => {
    const field = new ServerField('imap');
    field.protect('tls');
    field.text = 'mail.example.com:143';
    field.typed();
    field.settle();
    expect(field.value).toMatchObject({ port: 143, security: 'tls' });
  });

  test('moves the port with the protection unless another was typed', () => {
    const usual = type('mail.example.com', 'smtp');
    usual.protect('starttls');
    expect(usual.text).toBe('mail.example.com:587');
    const odd = type('mail.example.com:2525', 'smtp');
    odd.protect('starttls');
    expect(odd.text).toBe('mail.example.com:2525');
  });

  test('corrects the protection on the same port', () => {
    const field = type('mail.example.com:993');
    field.correct('starttls');
    expect(field.value).toMatchObject({ port: 993, security: 'starttls' });
  });

  test('asks about a plain connection that leaves this computer', () => {
    const field = type('mail.example.com:143');
    expect(field.exposed).toBe(false);
    field.protect('none');
    expect(field.exposed).toBe(true);
    field.text = '127.0.0.1:143';
    expect(field.exposed).toBe(false);
  });

  test('trusts a certificate for that host and port only', () => {
    const field = type('mail.example.com:993');
    field.trust('ab12');
    expect(field.value.trusted).toBe('ab12');
    field.text = 'other.example.com:993';
    expect(field.value.trusted).toBe('');
  });
});
