import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeGo, type FakeOptions } from '$dev/fake';
import { wailsApi, type AssignedMailbox, type Policy, type PolicyFinding } from '$lib/api';
import { lookUp } from '$lib/i18n/catalogues';
import App from '../../App.svelte';

let go: FakeGo;

async function start(policy: Partial<Policy> = {}, options: FakeOptions = {}) {
  go = new FakeGo({ older: 0, ...options });
  go.policy = { ...go.policy, ...policy };
  go.install(window);
  render(App, { api: wailsApi() });
  await waitFor(() => expect(go.calls.some((c) => c.method === 'System.Ready')).toBe(true));
}

afterEach(cleanup);

const press = async (name: string | RegExp) =>
  fireEvent.click(await screen.findByRole('button', { name }));

async function openSettings(section: string) {
  await press('Settings');
  const dialog = await screen.findByRole('dialog', { name: 'Settings' });
  await fireEvent.click(within(dialog).getByRole('button', { name: section }));
  return within(dialog);
}

/** By itself or with the group that it is in. */
function isDisabled(control: Element): boolean {
  return control.hasAttribute('disabled') || control.closest('fieldset')?.disabled === true;
}

const describedBy = (element: Element) =>
  document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent.trim();

const sales: AssignedMailbox = {
  kind: 'shared',
  account: '',
  email: 'sales@fernhill.example',
  name: 'Fernhill Sales',
  label: 'Sales',
  user: 'sales',
  imap: { host: 'imap.fernhill.example', port: 993, security: 'tls', trusted: '' },
  smtp: { host: 'smtp.fernhill.example', port: 587, security: 'starttls', trusted: '' },
  signIn: 'password',
  provider: '',
  issuer: '',
  login: '',
};

test('every reason of Go is in the catalogues, word for word in English', () => {
  const go = readFileSync(
    join(import.meta.dirname, '../../../../backend/policy/finding.go'),
    'utf8',
  );
  const codes = new Map(
    [...go.matchAll(/^\t(Code\w+)\s+Code = "(\w+)"/gm)].map((m) => [m[1], m[2] ?? '']),
  );
  const sentences = [...go.matchAll(/^\t(Code\w+):\s+("(?:[^"\\]|\\.)*"),$/gm)];
  expect(sentences.length).toBe(codes.size);
  for (const [, code, text = ''] of sentences) {
    const words = JSON.parse(text) as string;
    const shown = String(lookUp('en', `policy.reason.${codes.get(code)}`));
    expect(shown.replace(/[“”]/g, '"').replace(/’/g, "'")).toBe(words);
  }
});

describe('what is locked', () => {
  test('shows a lock and cannot be changed', async () => {
    await start({ organisation: 'Fernhill', locked: ['theme', 'background'] });
    const appearance = await openSettings('Appearance');
    const theme = appearance.getByRole('radiogroup', { name: 'Theme' });
    expect(describedBy(theme)).toBe('Set by Fernhill');
    for (const radio of within(theme).getAllByRole('radio')) expect(isDisabled(radio)).toBe(true);
    const density = appearance.getByRole('radiogroup', { name: 'Density of the list' });
    for (const radio of within(density).getAllByRole('radio'))
      expect(isDisabled(radio)).toBe(false);
    await fireEvent.click(appearance.getByRole('button', { name: 'General' }));
    expect(isDisabled(appearance.getByRole('switch'))).toBe(true);
    appearance.getByText('Set by Fernhill');
  });

  test('a rule of the organisation takes the choice about pictures away', async () => {
    await start({
      organisation: 'Fernhill',
      locked: ['remoteImages', 'remoteImageSenders'],
      remoteImages: 'never',
    });
    const reading = await openSettings('Reading');
    expect(reading.getByRole<HTMLInputElement>('radio', { name: 'Never show' }).checked).toBe(true);
    expect(reading.queryByRole('radio', { name: 'Always show' })).toBeNull();
    reading.getByText('Set by Fernhill');
  });

  test('follows the policy while the window is open', async () => {
    await start();
    const appearance = await openSettings('Appearance');
    expect(appearance.queryByText('Set by Fernhill')).toBeNull();
    go.settings = { ...go.settings, theme: 'dark' };
    go.govern({ organisation: 'Fernhill', locked: ['theme'] });
    await appearance.findByText('Set by Fernhill');
    await waitFor(() => expect(document.documentElement.dataset['theme']).toBe('dark'));
  });
});

describe('assigned mailboxes', () => {
  test('are offered to who has no account yet, and come filled in', async () => {
    await start({ organisation: 'Fernhill', assigned: [sales] }, { accounts: 0 });
    await press('Connect sales@fernhill.example');
    await screen.findByRole('dialog', { name: 'Connect email' });
    screen.getByText('Fernhill has set the address, the servers and the user name.');
    const address = screen.getByLabelText<HTMLInputElement>('Email address');
    expect(address.value).toBe('sales@fernhill.example');
    expect(address.readOnly).toBe(true);
    expect(screen.getByLabelText<HTMLInputElement>('Your name').value).toBe('Fernhill Sales');
    await press(/Servers and user name/);
    expect(isDisabled(screen.getByLabelText('User name'))).toBe(true);
    expect(screen.getByLabelText<HTMLInputElement>('User name').value).toBe('sales');
    expect(isDisabled(screen.getByLabelText('Incoming server (IMAP)'))).toBe(true);
    // Nothing was typed, so nothing is lost.
    await press('Cancel');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('without servers leave them to be found', async () => {
    const nowhere = { host: '', port: 0, security: 'tls', trusted: '' } as const;
    await start(
      { organisation: 'Fernhill', assigned: [{ ...sales, imap: nowhere, smtp: nowhere }] },
      { accounts: 0 },
    );
    await press('Connect sales@fernhill.example');
    await screen.findByText('Fernhill has assigned this address to you.');
    await press(/Servers and user name/);
    expect(isDisabled(screen.getByLabelText('Incoming server (IMAP)'))).toBe(false);
  });

  test.each([
    ['password', 0],
    ['', 1],
  ] as const)('with the sign-in %j offer %i other ways', async (signIn, ways) => {
    await start({ organisation: 'Fernhill', assigned: [{ ...sales, signIn }] }, { accounts: 0 });
    await press('Connect sales@fernhill.example');
    await screen.findByLabelText('Password');
    const others = screen.queryAllByRole('button', { name: 'Sign in in the browser instead' });
    expect(others).toHaveLength(ways);
  });

  test('are listed in the settings until they are connected', async () => {
    await start({ organisation: 'Fernhill', help: 'telephone 4000', assigned: [sales] });
    const accounts = await openSettings('Accounts');
    accounts.getByText('Help: telephone 4000');
    accounts.getByRole('button', { name: 'Connect sales@fernhill.example' });
    go.govern({ assigned: [{ ...sales, account: 'a1' }] });
    await accounts.findByText('Assigned to you by Fernhill');
    expect(accounts.queryByRole('button', { name: 'Connect sales@fernhill.example' })).toBeNull();
  });
});

describe('a policy with mistakes', () => {
  const findings: PolicyFinding[] = [
    { line: 12, column: 5, code: 'commaExtra', args: {} },
    { line: 0, column: 0, code: 'owner', args: { path: '/etc/waxwing/policy.json' } },
  ];

  test('is told in a bar that can be put away', async () => {
    await start({ findings });
    const bar = await screen.findByRole('alert');
    expect(bar.textContent).toContain('settings for Waxwing have 2 mistakes');
    expect(bar.textContent).toContain('Line 12, column 5: This comma is one too many');
    await fireEvent.click(within(bar).getByRole('button', { name: 'Dismiss' }));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
    go.govern({ findings: findings.slice(1) });
    await screen.findByRole('alert');
  });

  test('is told in the settings with every mistake and what holds', async () => {
    await start({ findings });
    await press('Details');
    const dialog = within(await screen.findByRole('dialog', { name: 'Settings' }));
    dialog.getByText(/None of them is in force/);
    dialog.getByText(/belongs to a user who is no administrator/);
    go.govern({ organisation: 'Fernhill' });
    await dialog.findByText(/What Fernhill set before stays in force/);
  });
});
