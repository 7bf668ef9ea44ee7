import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeGo } from '$dev/fake';
import App from '../../App.svelte';
import { wailsApi } from '../api';

let go: FakeGo;
const download = vi.fn();

/** Opens the conversation with attachments, of which there may be more. */
async function start(native: boolean, more = 0) {
  go = new FakeGo({ older: 0, native });
  const { attachments } = message();
  for (let i = 0; i < more; i++)
    attachments.push({ part: `9.${i}`, name: `more-${i}.txt`, type: 'text/plain', size: 1 });
  go.install(window);
  render(App, { api: wailsApi() });
  await fireEvent.click(await screen.findByRole('row', { name: /Canal house/ }));
  return within(await screen.findByRole('region', { name: 'Attachments' }));
}

const called = (method: string) => go.calls.filter((c) => c.method === method).map((c) => c.args);
const message = () => {
  const found = go.messages.find((m) => m.attachments.length >= 3);
  if (!found) throw new Error('no message with three attachments');
  return found;
};
const notice = () => document.querySelector('.snackbar');

beforeEach(() => {
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(download);
  download.mockClear();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

/** What a person does with the first attachment, and what Go is asked for. */
const acts = [
  [/^Save (?!all)/, 'Mail.SaveAttachment', true],
  ['Save all', 'Mail.SaveAllAttachments', false],
  [/^Open /, 'Mail.OpenAttachment', true],
] as const;

describe('in the window', () => {
  test.each(acts)('%s calls %s', async (name, method, one) => {
    const files = await start(true);
    await fireEvent.click(files.getAllByRole('button', { name })[0] as HTMLElement);
    const { id, attachments } = message();
    await waitFor(() => expect(called(method)).toEqual([one ? [id, attachments[0]?.part] : [id]]));
    expect(download).not.toHaveBeenCalled();
  });

  test.each(acts.slice(0, 2))('%s tells where the file is', async (name) => {
    const files = await start(true);
    go.savedTo = '/home/nora/Downloads/plan.pdf';
    await fireEvent.click(files.getAllByRole('button', { name })[0] as HTMLElement);
    expect(await screen.findByText('Saved as /home/nora/Downloads/plan.pdf')).toBeDefined();
  });

  test.each(acts)('%s says nothing when cancelled', async (name, method) => {
    const files = await start(true);
    await fireEvent.click(files.getAllByRole('button', { name })[0] as HTMLElement);
    await waitFor(() => expect(called(method)).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve));
    expect(notice()).toBeNull();
  });

  test.each(acts.slice(0, 2))('%s says what could not be written', async (name, method) => {
    const files = await start(true);
    go.refuse.set(method, { code: 'cannotWrite', args: { path: '/mnt/plan.pdf' }, server: '' });
    await fireEvent.click(files.getAllByRole('button', { name })[0] as HTMLElement);
    expect(await screen.findByText('/mnt/plan.pdf couldn’t be written.')).toBeDefined();
    expect(screen.getByText('Choose another folder.')).toBeDefined();
  });

  test('a program is not opened, with the reason and the way', async () => {
    const files = await start(true);
    go.refuse.set('Mail.OpenAttachment', { code: 'unsafeAttachment', args: {}, server: '' });
    await fireEvent.click(files.getAllByRole('button', { name: /^Open / })[0] as HTMLElement);
    expect(await screen.findByText(/can run programs and aren’t opened/)).toBeDefined();
    expect(screen.getByText(/save it and open it from there/)).toBeDefined();
  });
});

test.each([
  [/^Save (?!all)/, 1],
  ['Save all', 3],
  [/^Open /, 1],
])('in a plain browser %s downloads', async (name, times) => {
  const files = await start(false);
  await fireEvent.click(files.getAllByRole('button', { name })[0] as HTMLElement);
  expect(download).toHaveBeenCalledTimes(times);
  expect(go.calls.some((c) => c.method.includes('Attachment'))).toBe(false);
});

test('thousands of attachments are shown by and by', async () => {
  const files = await start(true, 297);
  const tiles = () => files.getAllByRole('listitem').length;
  expect(tiles()).toBe(20);
  await fireEvent.click(files.getByRole('button', { name: 'Show 200 more of 300' }));
  expect(tiles()).toBe(220);
  await fireEvent.click(files.getByRole('button', { name: 'Show all 300' }));
  expect(tiles()).toBe(300);
  expect(files.queryByRole('button', { name: /^Show/ })).toBeNull();
});
