import { afterEach, expect, expectTypeOf, test, vi } from 'vitest';
import type * as AccountsBinding from '../../../wailsjs/go/app/Accounts';
import type * as ComposeBinding from '../../../wailsjs/go/app/Compose';
import type * as MailBinding from '../../../wailsjs/go/app/Mail';
import type * as SettingsBinding from '../../../wailsjs/go/app/Settings';
import type * as SystemBinding from '../../../wailsjs/go/app/System';
import type { app } from '../../../wailsjs/go/models';
import type { Api } from './api';
import { ProblemError, toProblem } from './problem';
import type * as T from './types';
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

// Checked by the compiler (npm run check): what Wails generates from Go is what
// the screens believe in.
test('the services and types are those of the bindings', () => {
  expectTypeOf<Capitalize<keyof Api['accounts']>>().toEqualTypeOf<keyof typeof AccountsBinding>();
  expectTypeOf<Capitalize<keyof Api['compose']>>().toEqualTypeOf<keyof typeof ComposeBinding>();
  expectTypeOf<Capitalize<keyof Api['mail']>>().toEqualTypeOf<keyof typeof MailBinding>();
  expectTypeOf<Capitalize<keyof Api['settings']>>().toEqualTypeOf<keyof typeof SettingsBinding>();
  expectTypeOf<Capitalize<keyof Api['system']>>().toEqualTypeOf<keyof typeof SystemBinding>();

  expectTypeOf<keyof T.Account>().toEqualTypeOf<keyof app.Account>();
  expectTypeOf<keyof T.AccountForm>().toEqualTypeOf<keyof app.AccountForm>();
  expectTypeOf<keyof T.Body>().toEqualTypeOf<keyof app.Body>();
  expectTypeOf<keyof T.Certificate>().toEqualTypeOf<keyof app.Certificate>();
  expectTypeOf<keyof T.Changes>().toEqualTypeOf<keyof app.Changes>();
  expectTypeOf<keyof T.Draft>().toEqualTypeOf<keyof app.Draft>();
  expectTypeOf<keyof T.DraftFile>().toEqualTypeOf<keyof app.DraftFile>();
  expectTypeOf<keyof T.Identity>().toEqualTypeOf<keyof app.Identity>();
  expectTypeOf<keyof T.Submission>().toEqualTypeOf<keyof app.Submission>();
  expectTypeOf<keyof T.Mailbox>().toEqualTypeOf<keyof app.Mailbox>();
  expectTypeOf<keyof T.Message>().toEqualTypeOf<keyof app.Message>();
  expectTypeOf<keyof T.Operation>().toEqualTypeOf<keyof app.Operation>();
  expectTypeOf<keyof T.Problem>().toEqualTypeOf<keyof app.Problem>();
  expectTypeOf<keyof T.Status>().toEqualTypeOf<keyof app.Status>();
  expectTypeOf<keyof T.TestStep>().toEqualTypeOf<keyof app.TestStep>();
  expectTypeOf<keyof T.Thread>().toEqualTypeOf<keyof app.Thread>();
  expectTypeOf<keyof T.ThreadRow>().toEqualTypeOf<keyof app.ThreadRow>();
  expectTypeOf<keyof T.Settings>().toEqualTypeOf<keyof app.Preferences>();
  expectTypeOf<keyof T.Policy>().toEqualTypeOf<keyof app.Policy>();
  expectTypeOf<keyof T.PolicyFinding>().toEqualTypeOf<keyof app.PolicyFinding>();
  expectTypeOf<keyof T.AssignedMailbox>().toEqualTypeOf<keyof app.AssignedMailbox>();
  expectTypeOf<keyof T.SystemInfo>().toEqualTypeOf<keyof app.Info>();

  expectTypeOf<T.AccountForm>().toExtend<app.AccountForm>();
  expectTypeOf<T.Draft>().toExtend<app.Draft>();
  expectTypeOf<T.DraftStart>().toExtend<app.DraftStart>();
  expectTypeOf<T.Message>().toExtend<app.Message>();
  expectTypeOf<T.SearchQuery>().toExtend<app.SearchQuery>();
  expectTypeOf<T.Settings>().toExtend<app.Preferences>();
  expectTypeOf<T.ThreadQuery>().toExtend<app.ThreadQuery>();
  expectTypeOf<T.ThreadRow>().toExtend<app.ThreadRow>();
});
