import { expect, test } from 'vitest';
import type { Account, Phase, Status } from '../api';
import { statusLine } from './status';

const account = (id: string, phase: Phase, part: Partial<Status> = {}): Account => ({
  id,
  email: `${id}@x.example`,
  name: '',
  label: '',
  demo: false,
  notify: true,
  notifyHere: true,
  imap: { host: '', port: 0, security: 'tls', trusted: '' },
  smtp: { host: '', port: 0, security: 'tls', trusted: '' },
  user: '',
  size: 0,
  verification: { state: '', at: 0, half: '', junk: false },
  signature: '',
  keep: '',
  keptSince: 0,
  signIn: { method: '', provider: '', issuer: '', tenant: '', clientId: '', login: '' },
  status: { account: id, phase, mailbox: '', done: 0, total: 0, pending: 0, lastSync: 0, ...part },
});

test.each([
  [['upToDate', 'syncing'], 'syncing'],
  [['syncing', 'needsSignIn'], 'needsSignIn'],
  [['offline', 'failed'], 'failed'],
  [['offline', 'upToDate'], 'offline'],
  [['upToDate', 'upToDate'], 'upToDate'],
] as [Phase[], Phase][])('of %j the line tells %s', (phases, want) => {
  const line = statusLine(phases.map((phase, i) => account(`a${i + 1}`, phase)));
  expect(line?.phase).toBe(want);
});

test('waiting changes add up, and the oldest time is the honest one', () => {
  const line = statusLine([
    account('a1', 'offline', { pending: 2, lastSync: 500 }),
    account('a2', 'upToDate', { pending: 1, lastSync: 900 }),
    account('a3', 'upToDate'),
  ]);
  expect(line).toMatchObject({ account: 'a1', pending: 3, lastSync: 500 });
});

test('without an account there is nothing to tell', () => {
  expect(statusLine([])).toBeUndefined();
});
