import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeGo, type FakeOptions } from '$dev/fake';
import { wailsApi, type AccountForm, type Problem, type TestReport } from '$lib/api';
import App from '../../App.svelte';

let go: FakeGo;

async function start(options: FakeOptions = {}) {
  go = new FakeGo({ older: 0, ...options });
  go.install(window);
  render(App, { api: wailsApi() });
  await waitFor(() => expect(go.calls.some((c) => c.method === 'System.Ready')).toBe(true));
}

afterEach(cleanup);

const calls = (method: string) => go.calls.filter((c) => c.method === method);
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const press = async (name: string | RegExp) => fireEvent.click(await button(name));
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const fill = (name: string, value: string) => fireEvent.input(field(name), { target: { value } });

/** Answers every test from now on; each one may differ. */
function answerTests(...reports: TestReport[]) {
  const services = (window as unknown as { go: { app: Record<string, Record<string, unknown>> } })
    .go;
  const asked: unknown[] = [];
  services.app['Accounts'] = {
    ...services.app['Accounts'],
    Test: (form: unknown) => {
      asked.push(form);
      return Promise.resolve(reports[Math.min(asked.length, reports.length) - 1]);
    },
  };
  return asked as { imap: { security: string; trusted: string } }[];
}

const passed: TestReport = { ok: true, steps: [{ name: 'imap.connect', state: 'ok', detail: '' }] };

function failing(name: string, problem: Partial<Problem>, sha256 = ''): TestReport {
  const certificate = sha256
    ? { subject: 'CN=mail', issuer: 'CN=mail', names: [], notBefore: 1, notAfter: 2, sha256 }
    : null;
  const complete = { code: 'internal', args: {}, server: '', ...problem };
  return {
    ok: false,
    steps: [{ name, state: 'failed', detail: '', problem: complete, certificate }],
  };
}

async function typeAccount() {
  await start({ accounts: 0 });
  await press('Connect email');
  await screen.findByRole('dialog', { name: 'Connect email' });
  await fill('Email address', 'nora.lindqvist@fernhill.example');
  await fireEvent.blur(field('Email address'));
  await waitFor(() => expect(field('Your name').value).toBe('Nora Lindqvist'));
  expect(screen.queryByRole('button', { name: 'Test connection' })).toBeNull();
  await fill('Password', 'secret');
}

describe('connecting', () => {
  test('tests, saves and opens the inbox', async () => {
    await typeAccount();
    await press('Test connection');
    const save = await screen.findByRole('button', { name: 'Save' }, { timeout: 4000 });
    await waitFor(() => expect(document.activeElement).toBe(save));
    await fireEvent.click(save);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(calls('Accounts.Add')[0]?.args[0]).toMatchObject({
      email: 'nora.lindqvist@fernhill.example',
      imap: { host: 'imap.fernhill.example', port: 993, security: 'tls' },
      smtp: { host: 'smtp.fernhill.example', port: 465, security: 'tls' },
    });
    await screen.findByRole('heading', { name: 'All inboxes' });
  });

  test('a signature written before saving goes along, and is there to be edited', async () => {
    await typeAccount();
    expect(screen.queryByRole('textbox', { name: 'Signature' })).toBeNull();
    answerTests(passed);
    await press('Test connection');
    const editor = await screen.findByRole('textbox', { name: 'Signature' });
    editor.innerHTML = '<div>Nora</div><div><b>Fernhill</b></div>';
    await fireEvent.input(editor);
    const keep = field('Keep on this computer') as HTMLElement as HTMLSelectElement;
    expect(keep.value).toBe('');
    await fireEvent.change(keep, { target: { value: 'quarter' } });
    await press('Save');
    await waitFor(() => expect(calls('Accounts.Add')).toHaveLength(1));
    const signature = '<div>Nora</div><div><b>Fernhill</b></div>';
    expect(calls('Accounts.Add')[0]?.args[0]).toMatchObject({ signature, keep: 'quarter' });
    expect(go.accounts[0]?.signature).toBe(signature);
  });

  test('a signature that Go refuses is said beside it', async () => {
    await typeAccount();
    answerTests(passed);
    await press('Test connection');
    await screen.findByRole('textbox', { name: 'Signature' });
    go.refuse.set('Accounts.Add', { code: 'invalid', args: { field: 'signature' }, server: '' });
    await press('Save');
    expect(await screen.findByText('This signature is too long to be kept.')).toBeDefined();
    expect(document.activeElement?.getAttribute('role')).toBe('textbox');
  });

  test('an Exchange server is asked for by name, and says what it offers', async () => {
    await typeAccount();
    await press('Choose another provider');
    await fireEvent.click(await screen.findByRole('radio', { name: 'Exchange' }));
    await screen.findByLabelText('Exchange server');
    await fill('Exchange server', 'owa.fernhill.example');
    const args = { host: 'owa.fernhill.example' };
    go.refuse.set('Accounts.AtExchange', { code: 'noMailAccess', args, server: '' });
    await press('Look for its mail services');
    expect(
      await screen.findByText(/owa.fernhill.example offers neither IMAP nor SMTP/),
    ).toBeDefined();
    await fill('User name', 'FERNHILL\\nora');
    await fill('Exchange server', 'mail.fernhill.example');
    await fireEvent.keyDown(field('Exchange server'), { key: 'Enter' });
    await waitFor(() => expect(screen.queryByLabelText('Exchange server')).toBeNull());
    expect(screen.queryByText(/offers neither IMAP nor SMTP/)).toBeNull();
    answerTests(passed);
    await press('Test connection');
    await press('Save');
    await waitFor(() => expect(calls('Accounts.Add')).toHaveLength(1));
    const asked = calls('Accounts.Add')[0]?.args[0] as AccountForm;
    expect(asked.user).toBe('FERNHILL\\nora');
    expect([asked.imap.host, asked.smtp.host].join()).toContain('mail.fernhill.example');
  });

  test('a refused password is said beside it, and nothing typed is lost', async () => {
    await typeAccount();
    answerTests(failing('imap.signIn', { code: 'signIn', server: 'LOGIN failed' }));
    await press('Test connection');
    await button('Save without testing');
    expect(field('Password').getAttribute('aria-invalid')).toBe('true');
    expect(field('Password').value).toBe('secret');
    expect(screen.getByText(/LOGIN failed/)).toBeTruthy();
    await fill('Password', 'better');
    await waitFor(() => expect(screen.queryByText(/LOGIN failed/)).toBeNull());
  });

  test('trusting keeps the keyboard beside what comes next', async () => {
    await typeAccount();
    answerTests(
      failing('imap.tls', { code: 'tlsUntrusted' }, 'ab12'),
      failing('smtp.tls', { code: 'tlsUntrusted' }, 'ab12'),
    );
    await press('Test connection');
    await press('Look at the certificate');
    const trust = await button('Trust this certificate for this account only');
    trust.focus();
    await fireEvent.click(trust);
    await button('Look at the certificate');
    expect(document.activeElement).toBe(await button('Test again'));
  });

  test('a certificate is trusted only after it was looked at', async () => {
    await typeAccount();
    const asked = answerTests(failing('imap.tls', { code: 'tlsUntrusted' }, 'ab12'), passed);
    await press('Test connection');
    await press('Look at the certificate');
    expect(screen.getByText('AB:12')).toBeTruthy();
    await press('Trust this certificate for this account only');
    await button('Save');
    expect(asked.map((form) => form.imap.trusted)).toEqual(['', 'ab12']);
  });

  test('a certificate that passed can be looked at, and asks for no trust', async () => {
    await typeAccount();
    const certificate = {
      subject: 'CN=mail.fernhill.example',
      issuer: 'CN=Fern Authority',
      names: ['mail.fernhill.example'],
      notBefore: 1,
      notAfter: 2,
      sha256: 'cd34',
    };
    const steps: TestReport['steps'] = [
      { name: 'imap.tls', state: 'ok', detail: 'TLS 1.3', certificate },
    ];
    answerTests({ ok: true, steps });
    await press('Test connection');
    await button('Save');
    expect(screen.queryByText('CD:34')).toBeNull();
    await press(/Certificate/);
    await screen.findByText('CD:34');
    expect(screen.getByText('Fern Authority')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Trust this/ })).toBeNull();
    await press(/Certificate/);
    await waitFor(() => expect(screen.queryByText('CD:34')).toBeNull());
  });

  test('what comes after the test is brought into view, and so is the verification', async () => {
    await typeAccount();
    answerTests(passed);
    const seen = vi.spyOn(Element.prototype, 'scrollIntoView');
    const last = () => (seen.mock.contexts.at(-1) as Element | undefined)?.textContent;
    await press('Test connection');
    await button('Save');
    await waitFor(() => expect(last()).toContain('You can skip this'));
    await press('Verify');
    await waitFor(() => expect(last()).toContain('Verify again'));
    seen.mockRestore();
  });

  test('IMAP switched off leads to steps at the provider, and blames no server', async () => {
    await typeAccount();
    answerTests(failing('imap.signIn', { code: 'imapOff' }));
    await press('Test connection');
    await screen.findByText('Switch on IMAP at imap.fernhill.example:');
    expect(screen.getAllByRole('listitem').map((item) => item.textContent)).toContain(
      'Come back and test again.',
    );
    const incoming = { name: 'Incoming server (IMAP)' };
    expect(screen.queryByRole('textbox', incoming)).toBeNull();
  });

  test('the protection that fits is one click away', async () => {
    await typeAccount();
    const offer = { code: 'wrongSecurity', args: { offer: 'starttls' } };
    const asked = answerTests(failing('imap.tls', offer), passed);
    await press('Test connection');
    await press('Use STARTTLS and test again');
    await button('Save');
    expect(asked.map((form) => form.imap.security)).toEqual(['tls', 'starttls']);
  });

  test('a plain connection is not tried before it was accepted', async () => {
    await typeAccount();
    const asked = answerTests(passed);
    await press(/^Servers and user name/);
    await fireEvent.change(field('Protection of the incoming server'), {
      target: { value: 'none' },
    });
    await press('Test connection');
    const accept = await screen.findByLabelText<HTMLInputElement>(
      'I understand, and want to connect without protection',
    );
    await waitFor(() => expect(document.activeElement).toBe(accept));
    expect(asked).toEqual([]);
    await fireEvent.click(accept);
    await press('Test connection');
    await button('Save');
    expect(asked[0]?.imap.security).toBe('none');
  });

  test('Esc asks before it throws typed input away', async () => {
    await typeAccount();
    await fireEvent.keyDown(document.activeElement ?? document.body, { key: 'Escape' });
    await press('Keep editing');
    expect(field('Password').value).toBe('secret');
    await press('Cancel');
    await press('Discard');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  test('what Go refuses stands beside its field', async () => {
    await typeAccount();
    answerTests(passed);
    await press('Test connection');
    await button('Save');
    go.refuse.set('Accounts.Add', { code: 'exists', args: {}, server: '' });
    await press('Save');
    await screen.findByText('This account is already connected.');
    expect(field('Email address').getAttribute('aria-invalid')).toBe('true');
  });
});

test('signing in again stores the password that works', async () => {
  await start();
  const problem = { code: 'signIn', args: {}, server: '' };
  go.setStatus({ account: 'a2', phase: 'needsSignIn', problem });
  await fireEvent.click((await screen.findAllByRole('button', { name: /Sign in/ }))[0] as Element);
  const dialog = await screen.findByRole('dialog', { name: 'Sign in' });
  answerTests(passed);
  await fill('Password', 'fresh');
  await fireEvent.click(within(dialog).getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(calls('Accounts.SetPassword')[0]?.args).toEqual(['a2', 'fresh']));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

describe('settings', () => {
  async function openSettings(section = '') {
    await start();
    await press('Settings');
    const dialog = await screen.findByRole('dialog', { name: 'Settings' });
    if (section !== '')
      await fireEvent.click(within(dialog).getByRole('button', { name: section }));
    return dialog;
  }

  test('change at once', async () => {
    await openSettings('Appearance');
    await fireEvent.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset['theme']).toBe('dark');
    await waitFor(() => expect(go.settings.theme).toBe('dark'));
    await fireEvent.change(screen.getByLabelText('Language'), { target: { value: 'de' } });
    await screen.findByRole('dialog', { name: 'Einstellungen' });
  });

  test('are found by their words', async () => {
    const dialog = await openSettings();
    await fill('Search settings', 'pictures');
    expect(within(dialog).getByRole('radio', { name: 'Ask' })).toBeTruthy();
    expect(within(dialog).queryByText('Theme')).toBeNull();
    await fill('Search settings', 'zebra');
    expect(within(dialog).getByText('No setting by that name.')).toBeTruthy();
  });

  test('disconnect only after the question', async () => {
    const dialog = await openSettings();
    await fireEvent.click(
      within(dialog).getAllByRole('button', { name: 'Disconnect' })[1] as Element,
    );
    const question = await screen.findByRole('dialog', { name: 'Disconnect this account?' });
    expect(within(question).getByText(/All of its mail on this computer is deleted/)).toBeTruthy();
    expect(calls('Accounts.Remove')).toEqual([]);
    await fireEvent.click(within(question).getByRole('button', { name: 'Disconnect' }));
    await waitFor(() => expect(calls('Accounts.Remove')[0]?.args).toEqual(['a2']));
  });

  test('disconnect with a word about what waits in the outbox', async () => {
    const dialog = await openSettings();
    const waiting = { state: 'queued', subject: 'Tiles', recipients: [], createdAt: 0, sendAt: 0 };
    for (const [id, account] of [
      ['a1-s1', 'a1'],
      ['a2-s1', 'a2'],
      ['a2-s2', 'a2'],
    ]) {
      go.compose.submissions.push({ ...waiting, id, account, attempts: 0, retryAt: 0 } as never);
    }
    go.compose.become('a2-s2', { state: 'refused' });
    await fireEvent.click(
      within(dialog).getAllByRole('button', { name: 'Disconnect' })[1] as Element,
    );
    const question = await screen.findByRole('dialog', { name: 'Disconnect this account?' });
    await within(question).findByText('2 messages in the outbox weren’t sent yet and are deleted.');
  });

  test('silence one account on this computer', async () => {
    const dialog = await openSettings();
    const here = within(dialog).getAllByRole('switch', { name: 'Also on this computer' });
    await fireEvent.click(here[0] as Element);
    await waitFor(() =>
      expect(calls('Accounts.SetNotifications')[0]?.args).toEqual(['a1', true, false]),
    );
  });
});
