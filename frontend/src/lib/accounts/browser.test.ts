import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi } from '$lib/api';
import App from '../../App.svelte';

let go: FakeGo;

afterEach(cleanup);

const button = (name: string) => screen.findByRole('button', { name });
const press = async (name: string) => fireEvent.click(await button(name));
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const calls = (method: string) => go.calls.filter((c) => c.method === method);

async function start(accounts: number) {
  go = new FakeGo({ older: 0, accounts });
  go.install(window);
  render(App, { api: wailsApi() });
  await waitFor(() => expect(calls('System.Ready').length).toBe(1));
}

async function typeAddress(address: string) {
  await start(0);
  await press('Connect email');
  await screen.findByRole('dialog', { name: 'Connect email' });
  await fireEvent.input(field('Email address'), { target: { value: address } });
  await fireEvent.blur(field('Email address'));
}

test('an account of a provider with a page is signed in there, tested and saved', async () => {
  await typeAddress('nora@outlook.com');
  let finish: (granted: string) => void = () => undefined;
  go.finishSignIn = () => new Promise((resolve) => (finish = resolve));
  await press('Sign in with Microsoft');
  expect(screen.queryByLabelText('Password')).toBeNull();
  await screen.findByText('Waiting for you in the browser');
  expect(screen.queryByText('Sign in first.')).toBeNull();
  await press('Open again');
  expect(calls('Accounts.OpenSignIn').length).toBe(1);
  finish('the-name');
  await screen.findByText('Signed in with Microsoft');
  await press('Save');
  await waitFor(() => expect(calls('Accounts.Add').length).toBe(1));
  expect(calls('Accounts.Add')[0]?.args[0]).toMatchObject({
    granted: 'the-name',
    password: '',
    signIn: { method: 'oauth', provider: 'microsoft' },
  });
});

test('a sign-in that nothing is saved with is given back', async () => {
  await typeAddress('nora@outlook.com');
  go.finishSignIn = () => Promise.resolve('the-name');
  await press('Sign in with Microsoft');
  await screen.findByText('Signed in with Microsoft');
  await press('Cancel');
  await press('Discard');
  await waitFor(() => expect(calls('Accounts.CancelSignIn').length).toBe(1));
});

test('a refusal is said in words, waiting can be stopped, and the other account be connected', async () => {
  await typeAddress('nora@outlook.com');
  const refuse = (code: string, args = {}) => {
    go.finishSignIn = () => Promise.reject(JSON.stringify({ code, args, server: '' }));
  };
  refuse('adminApproval');
  expect(screen.queryByText(/Admin console/)).toBeNull();
  await press('Sign in with Microsoft');
  await screen.findByText('Your organisation must approve Waxwing first.');
  refuse('wrongAccount', { account: 'nora@outlook.com', signedIn: 'ben@outlook.com' });
  await press('Sign in with Microsoft');
  await screen.findByText('You signed in as ben@outlook.com, not as nora@outlook.com.');
  go.finishSignIn = () => new Promise(() => undefined);
  await press('Connect ben@outlook.com instead');
  expect(field('Email address').value).toBe('ben@outlook.com');
  await press('Stop waiting');
  expect(calls('Accounts.CancelSignIn').length).toBe(1);
  await button('Sign in with Microsoft');
});

test('without a client ID it says so, and one of one’s own can be entered', async () => {
  await typeAddress('nora@fernhill.example');
  await press('Sign in in the browser instead');
  await fireEvent.change(field('Sign-in page'), { target: { value: 'google' } });
  await screen.findByText('This Waxwing isn’t registered with Google');
  expect((await button('Sign in with Google')).hasAttribute('disabled')).toBe(true);
  await fireEvent.input(field('Client ID'), { target: { value: 'my-own' } });
  await screen.findByText(/an administrator first allows IMAP in the Admin console/);
  await press('Sign in with Google');
  await waitFor(() => expect(calls('Accounts.SignIn').length).toBe(1));
  expect(calls('Accounts.SignIn')[0]?.args[0]).toMatchObject({
    email: 'nora@fernhill.example',
    signIn: { method: 'oauth', provider: 'google', clientId: 'my-own' },
  });
  await press('Use a password instead');
  expect(field('Password').value).toBe('');
});

test('an account whose sign-in has ended is signed in again by one button', async () => {
  go = new FakeGo({ older: 0, accounts: 1 });
  const [account] = go.accounts;
  if (!account) throw new Error('no account');
  account.signIn = { ...account.signIn, method: 'oauth', provider: 'google' };
  const problem = { code: 'signInExpired', args: {}, server: '' };
  Object.assign(account.status, { phase: 'needsSignIn', problem });
  go.install(window);
  const { container } = render(App, { api: wailsApi() });
  await waitFor(() => expect(container.textContent).toContain('Sign in'));
  const [offer] = await screen.findAllByRole('button', { name: /Sign in/ });
  if (offer) await fireEvent.click(offer);
  await screen.findByRole('dialog', { name: 'Sign in again' });
  await screen.findByText('Your sign-in has ended.');
  await press('Sign in with Google');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(calls('Accounts.SignInAgain')[0]?.args[0]).toBe('a1');
});
