import { beforeEach, expect, test, vi } from 'vitest';
import type { Api, LinkTarget } from '../api';
import { Links } from './links.svelte';
import { Snackbar } from './snackbar.svelte';

const plain: LinkTarget = { before: 'https://', site: 'evil.example', after: '/x', claimed: '' };
const inspectLink = vi.fn<Api['system']['inspectLink']>();
const write = vi.fn<(mailto: string) => void>();
const openLink = vi.fn<Api['system']['openLink']>();
let snackbar: Snackbar;
let links: Links;

const refusal = (code: string, args = {}) => JSON.stringify({ code, args, server: '' });

beforeEach(() => {
  inspectLink.mockReset().mockResolvedValue(plain);
  write.mockReset();
  openLink.mockReset().mockResolvedValue();
  snackbar = new Snackbar();
  links = new Links({ system: { inspectLink, openLink } } as unknown as Api, snackbar, write);
});

test('a link is opened', async () => {
  await links.follow('https://evil.example/x', 'here');
  expect(openLink).toHaveBeenCalledExactlyOnceWith('https://evil.example/x');
  expect(snackbar.notice).toBeUndefined();
});

test('a link to an address opens a message to it, not another program', async () => {
  await links.follow('mailto:ada@engine.example?subject=Hello', 'Ada');
  expect(write).toHaveBeenCalledExactlyOnceWith('mailto:ada@engine.example?subject=Hello');
  expect(openLink).not.toHaveBeenCalled();
});

test('one whose text names another site is opened only when the person says so', async () => {
  inspectLink.mockResolvedValue({ ...plain, claimed: 'bank.example' });
  await links.follow('https://evil.example/x', 'bank.example');
  expect(links.asking?.target.claimed).toBe('bank.example');
  expect(openLink).not.toHaveBeenCalled();
  await links.openAnyway();
  expect(openLink).toHaveBeenCalledExactlyOnceWith('https://evil.example/x');
  expect(links.asking).toBeUndefined();
  await links.openAnyway();
  expect(openLink).toHaveBeenCalledTimes(1);
});

test('a link that must not be opened says so', async () => {
  inspectLink.mockRejectedValue(refusal('invalid', { reason: 'link' }));
  await links.follow('file:///etc/passwd', 'here');
  expect(openLink).not.toHaveBeenCalled();
  expect(snackbar.notice?.text).toBe('This link can’t be opened.');
});

test('a link that no program opens says so, and can be copied', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  openLink.mockRejectedValue(refusal('noProgram', { scheme: 'https' }));
  await links.follow('https://evil.example/x', 'here');
  expect(snackbar.notice?.text).toBe('No program on this computer opened the link.');
  await snackbar.act();
  expect(writeText).toHaveBeenCalledExactlyOnceWith('https://evil.example/x');
  vi.unstubAllGlobals();
});

test('what is pointed at is shown until the pointer leaves, however late the answers', async () => {
  let answer = (_: LinkTarget) => {};
  inspectLink.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const late = links.point('https://late.example/', '');
  await links.point('https://evil.example/x', '');
  expect(links.pointed).toEqual(plain);
  answer({ ...plain, site: 'late.example' });
  await late;
  expect(links.pointed).toEqual(plain);
  await links.point('', '');
  expect(links.pointed).toBeUndefined();
});
