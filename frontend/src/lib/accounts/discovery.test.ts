import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import { wailsApi, type Api, type Discovery } from '$lib/api';
import App from '../../App.svelte';
import { ServerDiscovery } from './discovery.svelte';
import { ConnectionForm } from './form.svelte';

const server = (host: string, port: number) => ({
  host,
  port,
  security: 'tls' as const,
  trusted: '',
});

function answer(email: string, host: string, more: Partial<Discovery> = {}): Discovery {
  return {
    email,
    provider: 'other',
    name: '',
    source: 'domain',
    from: host,
    user: '',
    imap: server(host && `imap.${host}`, 993),
    smtp: server(host && `smtp.${host}`, 465),
    moreImap: [],
    moreSmtp: [],
    signIn: ['password'],
    proposed: { method: 'password', provider: '', issuer: '', tenant: '', clientId: '', login: '' },
    cautions: [],
    ...more,
  };
}

/** A discovery whose answers the test gives, in any order. */
function start() {
  const asked: {
    email: string;
    answer: (found: Discovery) => void;
    refuse: (why?: string) => void;
  }[] = [];
  const accounts = {
    discover: (email: string) =>
      new Promise<Discovery>((resolve, reject) => {
        const refuse = (why = 'nobody knows') => reject(new Error(why));
        asked.push({ email, answer: resolve, refuse });
      }),
    cancelDiscovery: vi.fn(() => Promise.resolve()),
    byProvider: (provider: string, email: string) =>
      Promise.resolve(
        answer(email, provider === 'exchange' ? '' : `${provider}.example`, {
          provider: provider as Discovery['provider'],
          source: 'table',
        }),
      ),
  };
  const form = new ConnectionForm();
  const discovery = new ServerDiscovery({ accounts } as unknown as Api, form);
  const type = (email: string) => {
    form.email = email;
    discovery.watch(email);
  };
  return { form, discovery, asked, type, cancelled: accounts.cancelDiscovery };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

afterEach(() => {
  vi.useRealTimers();
  cleanup();
});

describe('a discovery', () => {
  test('offers what else was found, one after the other', async () => {
    const { form, discovery, asked, type } = start();
    type('nora@fernhill.example');
    void discovery.hurry();
    const plain = { ...server('old.fernhill.example', 143), security: 'none' as const };
    const moreImap = [server('imap2.fernhill.example', 993), plain];
    asked[0]?.answer(answer('nora@fernhill.example', 'fernhill.example', { moreImap }));
    await settle();
    expect(form.imap.next?.host).toBe('imap2.fernhill.example');
    expect(form.smtp.next).toBeUndefined();
    form.imap.plainAccepted = true;
    form.imap.takeNext();
    expect(form.imap.value).toMatchObject({ host: 'imap2.fernhill.example', security: 'tls' });
    form.imap.takeNext();
    // What was accepted for one server says nothing about another.
    expect(form.imap.value).toMatchObject({ host: 'old.fernhill.example', security: 'none' });
    expect([form.imap.exposed, form.imap.plainAccepted]).toEqual([true, false]);
    expect(form.imap.next).toBeUndefined();
  });

  test('for another address offers nothing of the former', async () => {
    const { form, discovery, asked, type } = start();
    type('nora@fernhill.example');
    void discovery.hurry();
    const moreImap = [server('imap2.fernhill.example', 993)];
    asked[0]?.answer(answer('nora@fernhill.example', 'fernhill.example', { moreImap }));
    await settle();
    type('nora@quay.example');
    expect(form.imap.next).toBeUndefined();
  });

  test('begins when the person pauses, and once', () => {
    vi.useFakeTimers();
    const { type, asked, discovery } = start();
    for (const text of ['n', 'nora@', 'nora@harbour', 'nora@harbour.te', 'nora@harbour.test']) {
      type(text);
      vi.advanceTimersByTime(200);
    }
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(asked.map((a) => a.email)).toEqual(['nora@harbour.test']);
    void discovery.hurry();
    expect(asked).toHaveLength(1);
  });

  test('fills in what it finds, and nothing that was typed', async () => {
    const { form, discovery, asked, type } = start();
    type('nora@harbour.test');
    void discovery.hurry();
    form.smtp.text = 'relay.mine.test:2525';
    form.smtp.typed();
    form.user = 'n17';
    form.typedUser();
    asked[0]?.answer(answer('nora@harbour.test', 'harbour.test', { user: 'nora' }));
    await settle();
    expect(form.imap.text).toBe('imap.harbour.test:993');
    expect(form.smtp.text).toBe('relay.mine.test:2525');
    expect(form.user).toBe('n17');
  });

  test('proposes the page that the answer names, and a password where it does not', async () => {
    const { form, discovery, asked, type } = start();
    const page = {
      method: 'oauth',
      provider: 'google',
      issuer: '',
      tenant: '',
      clientId: '',
      login: '',
    };
    type('nora@harbour.test');
    void discovery.hurry();
    asked[0]?.answer(answer('nora@harbour.test', 'harbour.test', { proposed: page }));
    await settle();
    expect(form.signIn).toEqual(page);
    type('nora@quay.test');
    void discovery.hurry();
    asked[1]?.answer(answer('nora@quay.test', 'quay.test', { signIn: ['oauth', 'appPassword'] }));
    await settle();
    expect(form.oauth).toBe(false);
  });

  test('lets a late answer for another address go', async () => {
    const { form, discovery, asked, type, cancelled } = start();
    type('nora@first.test');
    void discovery.hurry();
    type('nora@second.test');
    expect(cancelled).toHaveBeenCalledOnce();
    void discovery.hurry();
    asked[1]?.answer(answer('nora@second.test', 'second.test'));
    asked[0]?.answer(answer('nora@first.test', 'first.test'));
    await settle();
    expect(form.imap.host).toBe('imap.second.test');
  });

  test('takes back what it filled in for another domain', async () => {
    const { form, discovery, asked, type } = start();
    type('nora@first.test');
    void discovery.hurry();
    asked[0]?.answer(answer('nora@first.test', 'first.test', { user: 'x' }));
    await settle();
    form.smtp.usePort(587);
    type('nora@second.test');
    expect([form.imap.text, form.user, discovery.found]).toEqual(['', '', undefined]);
    expect(form.smtp.text).toBe('smtp.first.test:587');
  });

  test('uses a cautioned answer only when told to', async () => {
    const { form, discovery, asked, type } = start();
    const cautions: Discovery['cautions'] = [{ code: 'otherDomain', host: 'imap.evil.test' }];
    type('nora@harbour.test');
    void discovery.hurry();
    asked[0]?.answer(answer('nora@harbour.test', 'evil.test', { cautions }));
    await settle();
    expect([discovery.asks, form.imap.text]).toEqual([true, '']);
    discovery.decide('refused');
    expect([discovery.asks, discovery.needsServers, form.imap.text]).toEqual([false, true, '']);
    discovery.decide('taken');
    expect(form.imap.text).toBe('imap.evil.test:993');
  });

  test('keeps the provider chosen by hand', async () => {
    const { form, discovery, asked, type } = start();
    type('nora@harbour.test');
    void discovery.hurry();
    await discovery.choose('icloud');
    asked[0]?.answer(answer('nora@harbour.test', 'harbour.test'));
    await settle();
    expect([form.imap.host, discovery.found?.provider]).toEqual(['imap.icloud.example', 'icloud']);
    await discovery.choose('exchange');
    expect([form.imap.host, discovery.needsServers]).toEqual(['imap.icloud.example', true]);
  });

  test('asks for no servers when the organisation refuses the address', async () => {
    const { discovery, asked, type } = start();
    type('nora@harbour.test');
    void discovery.hurry();
    asked[0]?.refuse('{"code":"policy","args":{"reason":"domain"}}');
    await settle();
    expect([discovery.problem?.code, discovery.needsServers]).toEqual(['policy', false]);
  });

  test('says when nobody knows', async () => {
    const { discovery, asked, type } = start();
    type('nora@harbour.test');
    void discovery.hurry();
    asked[0]?.refuse();
    await settle();
    expect([discovery.running, discovery.needsServers]).toEqual([false, true]);
    expect(discovery.problem).toBeDefined();
  });
});

async function typeAddress(email: string) {
  const go = new FakeGo({ older: 0, accounts: 0 });
  go.install(window);
  render(App, { api: wailsApi() });
  await fireEvent.click(await screen.findByRole('button', { name: 'Connect email' }));
  const field = await screen.findByLabelText('Email address');
  await fireEvent.input(field, { target: { value: email } });
  await fireEvent.blur(field);
}

const value = (label: string) => screen.getByLabelText<HTMLInputElement>(label).value;

describe('in the dialog', () => {
  test('a caution leaves the choice to the person', async () => {
    await typeAddress('nora@quay.example');
    await screen.findByText(/imap\.hoster\.example belongs to someone else/);
    await fireEvent.click(screen.getByRole('button', { name: /^Servers and user name/ }));
    expect(value('Incoming server (IMAP)')).toBe('');
    await fireEvent.click(screen.getByRole('button', { name: 'Use these servers' }));
    await waitFor(() => expect(value('Incoming server (IMAP)')).toBe('imap.hoster.example:993'));
    expect(screen.queryByRole('button', { name: 'Use these servers' })).toBeNull();
  });

  test('where nobody knows, the servers are asked for', async () => {
    await typeAddress('nora@nowhere.example');
    await screen.findByText('Nobody says how mail of nowhere.example is reached.');
    await waitFor(() => expect(value('Incoming server (IMAP)')).toBe(''));
  });

  test('a provider is chosen by its card', async () => {
    await typeAddress('nora@fernhill.example');
    await fireEvent.click(await screen.findByRole('button', { name: 'Choose another provider' }));
    await fireEvent.click(screen.getByRole('radio', { name: 'iCloud' }));
    await screen.findByText('Chosen by you.');
    expect(screen.getByText('imap.icloud.example:993 · smtp.icloud.example:465')).toBeTruthy();
  });
});
