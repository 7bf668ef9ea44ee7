import type * as T from '../src/lib/api/types.ts';
import { me, olderThreads, threads } from './data.ts';
import { discovered, suggested } from './discovered.ts';
import type { FakeGo } from './fake.ts';
import { problem } from './problem.ts';
import { signInMethods, signInOf } from './signin.ts';

const server = (host: string, port: number): T.Server => ({
  host,
  port,
  security: 'tls',
  trusted: '',
});

/** An account that is connected and up to date. */
export function newAccount(
  n: number,
  who: T.Address,
  label: string,
  host: string,
  lastSync: number,
): T.Account {
  return {
    id: `a${n}`,
    email: who.email,
    name: who.name,
    label,
    demo: false,
    notify: true,
    notifyHere: true,
    imap: server(host, 993),
    smtp: server(host.replace('imap', 'smtp'), 465),
    user: who.email,
    size: 48_300_000,
    verification: { state: 'verified', at: Date.now(), half: '', junk: false },
    signIn: signInOf(''),
    signature: '',
    keep: '',
    keptSince: 0,
    status: {
      account: `a${n}`,
      phase: 'upToDate',
      mailbox: '',
      done: 0,
      total: 0,
      pending: 0,
      lastSync,
    },
  };
}

/** The methods of Accounts. */
export function accountMethods(fake: FakeGo) {
  const change = (id: T.Id, part: Partial<T.Account> | T.AccountForm) => {
    const account = fake.accounts.find((a) => a.id === id);
    if (account) Object.assign(account, part);
    fake.emit('accounts', {});
    return account;
  };
  return {
    List: () => fake.accounts,
    Test: (form: T.AccountForm) => test(fake, form),
    CancelTest: () => undefined,
    Add: (form: T.AccountForm) => {
      const who = { name: form.name, email: form.email };
      const account = newAccount(fake.accounts.length + 1, who, '', form.imap.host, fake.lastSync);
      fake.accounts.push({ ...account, signature: form.signature, keep: form.keep });
      fake.emit('accounts', {});
      return account;
    },
    Update: (id: T.Id, form: T.AccountForm) => change(id, form),
    Remove: (id: T.Id) => {
      fake.accounts.splice(
        fake.accounts.findIndex((a) => a.id === id),
        1,
      );
      fake.emit('accounts', {});
    },
    SetPassword: (id: T.Id) => fake.setStatus({ account: id, phase: 'upToDate', problem: null }),
    SetNotifications: (id: T.Id, notify: boolean, notifyHere: boolean) =>
      void change(id, { notify, notifyHere }),
    Trust: () => undefined,
    Suggest: suggested,
    Discover: discover,
    CancelDiscovery: () => undefined,
    ByProvider: (provider: T.ProviderId, email: string): T.Discovery => {
      const own = provider === 'exchange' || provider === 'other';
      const host = own ? '' : `${provider}.example`;
      return { ...discovered(email, host), provider, name: provider, source: 'table' };
    },
    AtExchange: (server: string, email: string): T.Discovery => ({
      ...discovered(email, server),
      provider: 'exchange',
      name: 'Exchange',
      source: 'autodiscover',
      from: server,
    }),
    ...signInMethods(fake),
    AddDemo: () => {
      const account = newAccount(1, me, 'Fernhill Studio', '127.0.0.1', fake.lastSync);
      fake.accounts.push({ ...account, demo: true });
      for (const t of [...threads, ...olderThreads(150)]) fake.add(t);
      fake.emit('accounts', {});
      fake.changed('a1');
      return fake.accounts[0];
    },
    SyncNow: () => undefined,
  };
}

/** "quay" names another's servers, "nowhere" none; everything else answers by its usual names. */
async function discover(email: string): Promise<T.Discovery> {
  await new Promise((resolve) => setTimeout(resolve, 60));
  const domain = email.split('@')[1] ?? '';
  if (domain.startsWith('nowhere')) throw problem('notDiscovered', { domain });
  if (!domain.startsWith('quay')) return discovered(email, domain);
  const found = discovered(email, 'hoster.example');
  const cautions: T.Caution[] = [{ code: 'otherDomain', host: found.imap.host }];
  return { ...found, source: 'srv', from: domain, cautions };
}

/** A test that fails at the sign-in when the password is "wrong". */
async function test(fake: FakeGo, form: T.AccountForm): Promise<T.TestReport> {
  const names = ['resolve', 'connect', 'tls', 'signIn', 'capabilities'];
  const steps: T.TestStep[] = ['imap', 'smtp'].flatMap((protocol) =>
    names.map((name) => ({ name: `${protocol}.${name}`, state: 'waiting', detail: '' })),
  );
  for (const step of steps) {
    step.state = 'running';
    fake.emit('test', { ok: false, steps: structuredClone(steps) });
    await new Promise((resolve) => setTimeout(resolve, 120));
    if (step.name === 'imap.signIn' && form.password === 'wrong') {
      step.state = 'failed';
      step.problem = {
        code: 'signIn',
        args: { host: form.imap.host },
        server: 'NO [AUTHENTICATIONFAILED] Invalid credentials',
      };
      for (const rest of steps) if (rest.state === 'waiting') rest.state = 'skipped';
      break;
    }
    step.state = 'ok';
  }
  const report = { ok: steps.every((s) => s.state === 'ok'), steps };
  fake.emit('test', report);
  return report;
}
