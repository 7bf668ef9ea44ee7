import { beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../api';
import { setLocale, t } from '../i18n/index.svelte';
import { fingerprint, readableName } from './certificate';
import { ConnectionForm, isAddress } from './form.svelte';
import { isStrangeName, nameFrom } from './names';
import { groupsOf } from './steps';

beforeEach(() => setLocale('en', []));

const server = (host: string, port: number) => ({
  host,
  port,
  security: 'tls' as const,
  trusted: '',
});
const account: Account = {
  id: 'a1',
  email: 'nora@example.com',
  name: 'Nora Lindqvist',
  label: '',
  user: '',
  signIn: { method: '', provider: '', issuer: '', tenant: '', clientId: '', login: '' },
  demo: false,
  notify: true,
  notifyHere: true,
  imap: server('imap.example.com', 993),
  smtp: server('smtp.example.com', 465),
  size: 0,
  verification: { state: '', at: 0, half: '', junk: false },
  signature: '<div>Bert</div>',
  keep: '',
  keptSince: 0,
  status: {
    account: 'a1',
    phase: 'upToDate',
    mailbox: '',
    done: 0,
    total: 0,
    pending: 0,
    lastSync: 0,
  },
};

test.each([
  ['nora.lindqvist@example.com', 'Nora Lindqvist'],
  ['ANNA-LENA.berg@example.com', 'Anna-Lena Berg'],
  ['nora@example.com', ''],
  ['n.lindqvist@example.com', ''],
  ['nora', ''],
])('%s names %j', (email, name) => expect(nameFrom(email)).toBe(name));

test.each([
  ['Nora Lindqvist', 'nora@example.com', false],
  ['Nora Lindqvist', 'nl@example.com', false],
  ['Jörg Müller', 'mueller@example.com', false],
  ['Fernhill Studio', 'x17@fernhill.example', false],
  ['Anybody', 'info@example.com', false],
  ['佐藤 由紀', 'yuki@example.com', false],
  ['', 'nora@example.com', false],
  ['Donald Duck', 'nora@example.com', true],
])('the name %j for %s is strange: %s', (name, email, strange) => {
  expect(isStrangeName(name, email)).toBe(strange);
});

test.each([
  ['nora@example.com', true],
  [' nora@localhost ', true],
  ['nora@', false],
  ['nora@example..com', false],
  ['two words@example.com', false],
])('%j is an address: %s', (text, want) => expect(isAddress(text)).toBe(want));

describe('a form', () => {
  test('offers a test once address and password are there', () => {
    const form = new ConnectionForm();
    form.email = 'nora@example.com';
    expect(form.canTest).toBe(false);
    form.password = 'secret';
    expect(form.canTest).toBe(true);
    expect(new ConnectionForm(account).canTest).toBe(true);
  });

  test('leads to the first mistake and says nothing before', () => {
    const form = new ConnectionForm();
    expect(form.error('email')).toBe('');
    expect(form.check()).toBe('email');
    expect(form.error('email')).toBe(t('accounts.mistake.noEmail'));
    expect(form.error('imap')).toBe(t('accounts.mistake.imap.empty'));
  });

  test('is not sent plain before that was accepted', () => {
    const form = new ConnectionForm(account);
    form.imap.protect('none');
    expect(form.check()).toBe('imap.plain');
    form.imap.plainAccepted = true;
    expect(form.check()).toBeUndefined();
  });

  test('keeps a typed name when the address suggests another', () => {
    const form = new ConnectionForm();
    form.email = 'nora.lindqvist@example.com';
    form.name = 'N. L.';
    form.typedName();
    form.suggest({ ...form.value, name: 'Somebody' });
    expect(form.name).toBe('N. L.');
  });

  test('puts what Go refused beside its field until something is typed', () => {
    const form = new ConnectionForm(account);
    const refusal = { code: 'invalid', args: { field: 'imap.port' }, server: '' };
    expect(form.refuse(refusal)).toBe('imap');
    expect(form.error('imap')).not.toBe('');
    form.forgive();
    expect(form.error('imap')).toBe('');
    expect(form.refuse({ code: 'exists', args: {}, server: '' })).toBe('email');
    expect(form.refuse({ code: 'timeout', args: {}, server: '' })).toBeUndefined();
  });

  test('knows what would be lost, and what needs a new test', () => {
    const form = new ConnectionForm(account);
    expect([form.dirty, form.reconnects]).toEqual([false, false]);
    form.name = 'Nora';
    expect([form.dirty, form.reconnects]).toEqual([true, false]);
    form.imap.text = 'mail.example.com:993';
    expect(form.reconnects).toBe(true);
  });
});

test('a certificate is shown as people compare it', () => {
  expect(fingerprint('3af0b2')).toBe('3A:F0:B2');
  expect(readableName('CN=mail.example.com,O=Example\\, Ltd')).toBe(
    'mail.example.com (Example, Ltd)',
  );
  expect(readableName('O=Example')).toBe('Example');
});

test('the steps of a report are told by server', () => {
  const groups = groupsOf({
    ok: false,
    steps: [
      { name: 'imap.resolve', state: 'ok', detail: '' },
      { name: 'imap.connect', state: 'failed', detail: '' },
      { name: 'imap.tls', state: 'skipped', detail: '' },
      { name: 'smtp.resolve', state: 'skipped', detail: '' },
    ],
  });
  expect(groups.map((g) => [g.kind, g.state, g.failure?.name])).toEqual([
    ['imap', 'failed', 'imap.connect'],
  ]);
});

test('an assigned mailbox is signed in to as the organisation says', () => {
  const mailbox = {
    kind: 'own' as const,
    account: '',
    email: 'nora@fernhill.example',
    name: '',
    label: '',
    user: '',
    imap: { host: 'imap.fernhill.example', port: 993, security: 'tls' as const, trusted: '' },
    smtp: { host: '', port: 0, security: 'tls' as const, trusted: '' },
    signIn: 'oauth' as const,
    provider: 'other',
    issuer: 'https://id.fernhill.example',
    login: 'nora@fernhill.example',
  };
  const form = new ConnectionForm();
  form.assign(mailbox);
  expect([form.oauth, form.dirty]).toEqual([true, false]);
  expect(form.value.signIn).toMatchObject({ provider: 'other', issuer: mailbox.issuer });
  const byPassword = new ConnectionForm();
  byPassword.assign({ ...mailbox, signIn: 'password' });
  expect(byPassword.value.signIn).toMatchObject({ method: 'password', provider: '', issuer: '' });
});
