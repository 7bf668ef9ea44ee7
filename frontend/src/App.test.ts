import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeGo, type FakeOptions } from '$dev/fake';
import { wailsApi } from '$lib/api';
import App from './App.svelte';

let go: FakeGo;

async function start(options: FakeOptions = {}) {
  go = new FakeGo({ older: 300, ...options });
  go.install(window);
  render(App, { api: wailsApi() });
  await waitFor(() => expect(go.calls.some((c) => c.method === 'System.Ready')).toBe(true));
}

const rows = () => within(screen.getByRole('grid')).getAllByRole('row');
const row = (name: RegExp) => screen.findByRole('row', { name });

beforeEach(() => window.localStorage.clear());
afterEach(cleanup);

describe('the list', () => {
  test('draws what is seen of it and tells its true length', async () => {
    await start();
    const grid = await screen.findByRole('grid', { name: 'All inboxes' });
    await row(/Sunday lunch/);
    expect(Number(grid.getAttribute('aria-rowcount'))).toBeGreaterThan(250);
    expect(rows().length).toBeLessThan(40);
    expect(rows()[0]?.getAttribute('aria-rowindex')).toBe('1');
  });

  test('says of a row all that can be seen', async () => {
    await start();
    const thread = await row(/Canal house/);
    expect(thread.getAttribute('aria-label')).toMatch(
      /^Unread, Tomás, Priya, Jonas, Canal house: façade before Thursday, 4 messages, Flagged, Has attachment, .*, Fernhill Studio$/,
    );
  });

  test('moves by arrow keys and tells where it is', async () => {
    await start();
    await row(/Sunday lunch/);
    const grid = screen.getByRole('grid');
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await fireEvent.keyDown(grid, { key: 'ArrowDown' });
    const active = grid.getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(active)).toBe(rows()[1]);
    await fireEvent.keyDown(grid, { key: 'ArrowDown', shiftKey: true });
    expect(rows().filter((r) => r.getAttribute('aria-selected') === 'true')).toHaveLength(2);
    expect(await screen.findByText('2 conversations selected')).toBeDefined();
  });

  test('archives at a click and brings back by Undo', async () => {
    await start();
    const thread = await row(/Tile samples/);
    await fireEvent.click(within(thread).getByRole('button', { name: 'Archive', hidden: true }));
    await waitFor(() => expect(screen.queryByRole('row', { name: /Tile samples/ })).toBeNull());
    await fireEvent.click(await screen.findByRole('button', { name: 'Undo' }));
    expect(await row(/Tile samples/)).toBeDefined();
  });

  test('filters, and says so when nothing passes', async () => {
    await start({ older: 0 });
    await row(/Sunday lunch/);
    await fireEvent.click(screen.getByRole('button', { name: 'Flagged', pressed: false }));
    await waitFor(() => expect(screen.getByText('2 found')).toBeDefined());
    await fireEvent.click(screen.getByRole('button', { name: 'Unread', pressed: false }));
    await fireEvent.click(screen.getByRole('button', { name: 'To me', pressed: false }));
    await waitFor(() => expect(screen.getByText('1 found')).toBeDefined());
  });

  test('shows mail that arrives, without a click', async () => {
    await start();
    await row(/Sunday lunch/);
    go.deliver({
      mailbox: 'w-inbox',
      subject: 'Just in',
      messages: [{ from: { name: 'Ada King', email: 'ada@engine.example' }, age: 0, text: 'Hi' }],
    });
    await row(/Just in/);
    expect(rows()[0]?.getAttribute('aria-label')).toContain('Just in');
  });
});

describe('the reader', () => {
  test('loads bodies into frames that can do nothing but run our script', async () => {
    await start();
    await fireEvent.click(await row(/Canal house/));
    await screen.findByRole('heading', { name: /Canal house/ });
    const frames = await waitFor(() => {
      const found = [...document.querySelectorAll('iframe')];
      expect(found).toHaveLength(2);
      return found;
    });
    for (const frame of frames) {
      expect(frame.getAttribute('sandbox')).toBe('allow-scripts');
      expect(frame.getAttribute('src')).toMatch(/^\/mail\/body\?id=a1-m\d+$/);
    }
  });

  test('shows remote pictures only when asked, and remembers the sender when told', async () => {
    await start();
    await fireEvent.click(await row(/tallest wooden tower/));
    const source = () => document.querySelector('iframe')?.getAttribute('src');
    await screen.findByText(/6 remote pictures/);
    expect(source()).not.toContain('images=1');
    await fireEvent.click(screen.getByRole('button', { name: 'Always from this sender' }));
    await waitFor(() => expect(source()).toContain('&images=1'));
    expect(screen.queryByText(/remote pictures/)).toBeNull();
    await waitFor(() =>
      expect(go.settings.remoteImageSenders).toEqual(['hello@timberletter.example']),
    );
  });

  test('listens to its own frames and to nobody else', async () => {
    await start();
    await fireEvent.click(await row(/Sunday lunch/));
    const frame = await waitFor(() => {
      const found = document.querySelector('iframe');
      if (!found) throw new Error('no frame yet');
      return found;
    });
    const link = { waxwing: 'link', url: 'https://example.com/', text: 'here' };
    const opened = () => go.calls.filter((c) => c.method === 'System.OpenLink');
    window.dispatchEvent(new MessageEvent('message', { data: link, source: window }));
    expect(opened()).toEqual([]);
    const source = frame.contentWindow;
    window.dispatchEvent(new MessageEvent('message', { data: link, source }));
    await waitFor(() => expect(opened()).toHaveLength(1));
    const size = { waxwing: 'size', height: 321 };
    window.dispatchEvent(new MessageEvent('message', { data: size, source }));
    await waitFor(() => expect(frame.style.height).toBe('321px'));
  });

  test('says that a message could not be read, and loads no body of it', async () => {
    await start({ older: 0 });
    await fireEvent.click(await row(/unreadable message/));
    expect(await screen.findByText(/couldn’t be read/)).toBeDefined();
    expect(document.querySelector('iframe')).toBeNull();
  });

  test('lists attachments with their sizes', async () => {
    await start();
    await fireEvent.click(await row(/Canal house/));
    const files = await screen.findByRole('region', { name: 'Attachments' });
    expect(within(files).getByText('3 attachments, 6.6 MB')).toBeDefined();
    expect(within(files).getAllByRole('listitem')).toHaveLength(3);
    expect(within(files).getByRole('button', { name: 'Save all' })).toBeDefined();
  });
});

test('without an account the window offers to connect one or to look around', async () => {
  await start({ accounts: 0 });
  expect(await screen.findByRole('heading', { name: 'Welcome to Waxwing' })).toBeDefined();
  await fireEvent.click(screen.getByRole('button', { name: 'Look around with sample mail' }));
  expect(await row(/Canal house/)).toBeDefined();
});

test('the screens speak German on a German system', async () => {
  await start({ locale: 'de-DE' });
  expect(await screen.findByRole('grid', { name: 'Alle Eingänge' })).toBeDefined();
  expect(document.documentElement.lang).toBe('de');
});
