import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi, type Protection } from '../api';

let go: FakeGo;

const problem = (code: string) => ({ code, args: {}, server: '' });
const missing: Protection = {
  method: 'keyring',
  chosen: false,
  state: 'sessionOnly',
  problem: problem('noKeyring'),
};
const sealed: Protection = {
  method: 'passphrase',
  chosen: true,
  state: 'locked',
  problem: problem('needsPassphrase'),
};

async function start(protection: Protection) {
  go.protection = protection;
  go.install(window);
  render(App, { api: wailsApi() });
  await screen.findByRole('row', { name: /Sunday lunch/ });
}

const called = (method: string) => go.calls.filter((c) => c.method === method).map((c) => c.args);
const asked = () => waitFor(() => expect(called('Settings.Protection')).toHaveLength(1));
const keep = () => screen.findByRole('dialog', { name: 'Keep passwords' });
const unlock = () => screen.findByRole('dialog', { name: 'Your passphrase' });
const press = (area: HTMLElement, name: string) =>
  fireEvent.click(within(area).getByRole('button', { name }));
const fill = (area: HTMLElement, label: string, value: string) =>
  fireEvent.input(within(area).getByLabelText(label), { target: { value } });
const gone = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

beforeEach(() => (go = new FakeGo({ older: 0 })));
afterEach(cleanup);

describe('without a keyring', () => {
  test('a passphrase can be chosen, once it is long enough and typed twice', async () => {
    await start(missing);
    const area = await keep();
    expect(within(area).getAllByRole('radio')).toHaveLength(3);
    await fill(area, 'Passphrase', 'short');
    await press(area, 'Save');
    expect(within(area).getByText('Type at least 8 characters.')).toBeDefined();
    await fill(area, 'Passphrase', 'larch over canal');
    await fill(area, 'Passphrase again', 'larch over kanal');
    await press(area, 'Save');
    expect(within(area).getByText('This is not what you typed above.')).toBeDefined();
    expect(called('Settings.Protect')).toEqual([]);
    await fill(area, 'Passphrase again', 'larch over canal');
    await press(area, 'Save');
    await gone();
    expect(called('Settings.Protect')).toEqual([['passphrase', 'larch over canal']]);
    expect(await screen.findByText('Passwords are protected by your passphrase.')).toBeDefined();
  });

  test.each([
    [/^Only until/, 'session'],
    [/^Keep a key/, 'keyFile'],
  ])('%s is chosen without a passphrase', async (name, method) => {
    await start(missing);
    const area = await keep();
    await fireEvent.click(within(area).getByRole('radio', { name }));
    expect(within(area).queryByLabelText('Passphrase')).toBeNull();
    await press(area, 'Save');
    await gone();
    expect(called('Settings.Protect')).toEqual([[method, '']]);
  });

  test('a keyring that came meanwhile is used', async () => {
    await start(missing);
    const area = await keep();
    await press(area, 'Try again');
    const again = within(area).getByRole('button', { name: 'Try again' });
    await waitFor(() => expect(again.getAttribute('aria-disabled')).toBe('false'));
    expect(called('Settings.RetryKeyring')).toHaveLength(1);
    go.protection = { ...missing, state: 'kept', problem: null };
    await press(area, 'Try again');
    await gone();
  });

  test('a failure is said, and nothing typed is lost', async () => {
    await start(missing);
    const area = await keep();
    await fill(area, 'Passphrase', 'larch over canal');
    await fill(area, 'Passphrase again', 'larch over canal');
    go.refuse.set('Settings.Protect', problem('diskFull'));
    await press(area, 'Save');
    expect(await within(area).findByText('The disk of this computer is full.')).toBeDefined();
    expect(within(area).getByLabelText<HTMLInputElement>('Passphrase').value).toBe(
      'larch over canal',
    );
  });

  test('reading goes on when it is decided later', async () => {
    await start(missing);
    await press(await keep(), 'Decide later');
    await gone();
    expect(called('Settings.Protect')).toEqual([]);
  });
});

test.each<[string, Protection]>([
  ['a keyring', { ...missing, state: 'kept', problem: null }],
  ['passwords for the session by choice', { ...missing, method: 'session', chosen: true }],
])('%s raises no question', async (_, protection) => {
  await start(protection);
  await asked();
  await new Promise((resolve) => setTimeout(resolve));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('sample mail alone has no password to keep', async () => {
  go = new FakeGo({ older: 0, accounts: 1 });
  for (const account of go.accounts) account.demo = true;
  await start(missing);
  expect(called('Settings.Protection')).toEqual([]);
});

describe('a passphrase', () => {
  beforeEach(() => (go.passphrase = 'larch over canal'));

  test('is asked for at the start; a wrong one is said beside it', async () => {
    await start(sealed);
    const area = await unlock();
    await fill(area, 'Passphrase', 'larch');
    await press(area, 'Unlock');
    expect(await within(area).findByText('This is not the passphrase.')).toBeDefined();
    await fill(area, 'Passphrase', 'larch over canal');
    await press(area, 'Unlock');
    await gone();
  });

  test('can wait, and is asked for again where an account wants to sign in', async () => {
    await start(sealed);
    await press(await unlock(), 'Not now');
    await gone();
    go.setStatus({ account: 'a1', phase: 'needsSignIn', problem: problem('needsPassphrase') });
    await fireEvent.click(
      (await screen.findAllByRole('button', { name: 'Sign in' }))[0] as Element,
    );
    await unlock();
  });

  test('that was forgotten is given up after a question, and the choice comes again', async () => {
    await start(sealed);
    await press(await unlock(), 'Forgot it?');
    const question = await screen.findByRole('dialog', { name: /^Start over/ });
    expect(called('Settings.ForgetPasswords')).toEqual([]);
    await press(question, 'Delete stored passwords');
    await keep();
    expect(called('Settings.ForgetPasswords')).toHaveLength(1);
  });
});

test('the settings tell how passwords are kept, and change it', async () => {
  await start({ ...missing, state: 'kept', problem: null });
  await fireEvent.keyDown(document.body, { key: ',', ctrlKey: true });
  const settings = await screen.findByRole('dialog', { name: 'Settings' });
  await within(settings).findByText('Kept in the keyring of this computer.');
  await press(settings, 'Change');
  const area = await keep();
  expect(within(area).getAllByRole('radio')).toHaveLength(4);
  await fireEvent.click(within(area).getByRole('radio', { name: /^Keep a key/ }));
  await press(area, 'Save');
  await within(settings).findByText(/^Kept with a key on this computer/);
});
