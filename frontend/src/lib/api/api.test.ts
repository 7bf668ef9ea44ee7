import { afterEach, expect, test, vi } from 'vitest';
import { ProblemError, toProblem } from './problem';
import { wailsApi } from './wails';

afterEach(() => vi.unstubAllGlobals());

test.each([
  ['{"code":"signIn","args":{"host":"h"},"server":"NO"}', 'signIn', { host: 'h' }, 'NO'],
  [new Error('{"code":"quota"}'), 'quota', {}, ''],
  ['plain text', 'internal', { detail: 'plain text' }, ''],
  ['{"code":""}', 'internal', { detail: '{"code":""}' }, ''],
  ['null', 'internal', { detail: 'null' }, ''],
  [undefined, 'internal', { detail: 'undefined' }, ''],
])('the rejection %j is the problem %s', (reason, code, args, server) => {
  expect(toProblem(reason)).toMatchObject({ code, args, server });
});

test('a problem stays itself', () => {
  const problem = new ProblemError({ code: 'quota', args: {}, server: '' });
  expect(toProblem(problem)).toBe(problem);
});

test('methods are bound under their capital names', async () => {
  const Threads = vi.fn().mockResolvedValue({ total: 0, threads: [] });
  vi.stubGlobal('go', { app: { Mail: { Threads } } });
  const query = {
    view: 'inboxes',
    filter: { unread: false, flagged: false, attachments: false, toMe: false },
    offset: 0,
    limit: 10,
  };
  await wailsApi().mail.threads(query);
  expect(Threads).toHaveBeenCalledWith(query);
});

test('a refusal arrives as a problem, and so does a method that is not there', async () => {
  vi.stubGlobal('go', { app: { Mail: { Undo: () => Promise.reject('{"code":"notFound"}') } } });
  const { mail } = wailsApi();
  await expect(mail.undo({ operations: [], count: 0 })).rejects.toMatchObject({ code: 'notFound' });
  await expect(mail.pending()).rejects.toMatchObject({ code: 'internal' });
});
