import type * as T from '../src/lib/api/types.ts';
import type { FakeGo, FakeOptions } from './fake.ts';
import { problem } from './problem.ts';

const noKeyring: T.Problem = { code: 'noKeyring', args: {}, server: '' };

/** The methods of Settings; a passphrase opens the passwords when it is the right one. */
export const settingsMethods = (fake: FakeGo) => ({
  Get: () => fake.settings,
  Set: (settings: T.Settings) => (fake.settings = settings),
  Protection: () => fake.protection,
  Protect: (method: T.ProtectionMethod, passphrase: string): T.Protection => {
    fake.passphrase = passphrase;
    const kept = method !== 'session';
    return (fake.protection = {
      method,
      chosen: true,
      state: kept ? 'kept' : 'sessionOnly',
      problem: kept ? null : noKeyring,
    });
  },
  Unlock: (passphrase: string): T.Protection => {
    if (passphrase !== fake.passphrase) throw problem('wrongPassphrase');
    return (fake.protection = { ...fake.protection, state: 'kept', problem: null });
  },
  RetryKeyring: () => fake.protection,
  ForgetPasswords: (): T.Protection =>
    (fake.protection = {
      method: 'keyring',
      chosen: false,
      state: 'sessionOnly',
      problem: noKeyring,
    }),
  Policy: () => fake.policy,
});

/** The methods of System. */
export const systemMethods = (options: FakeOptions) => ({
  Info: (): T.SystemInfo => ({
    version: '0.1.0',
    platform: 'linux',
    dataDir: '/home/nora/.local/share/waxwing',
    native: options.native ?? false,
    demoOffered: true,
    locale: options.locale ?? '',
    problem: options.problem ? { code: options.problem, args: {}, server: '' } : null,
  }),
  OpenLink: () => undefined,
  InspectLink: (url: string) => ({ before: '', site: url, after: '', claimed: '' }),
  Log: () => undefined,
  Ready: () => undefined,
  Quit: () => undefined,
});
