/**
 * Every screen of the application, each with how to come to it, on the fake Go
 * side (frontend/dev). pictures.js takes pictures of them to be looked at; what
 * people do most is walked through by screens.spec.js. What a scene looks for it
 * names by the catalogues, so that it is found in every language.
 */
import { answer, fake, hang } from './stage.js';

const problem = (code, args = {}, server = '') => ({ code, args, server });

const failedStep = (name, why) => ({ name, state: 'failed', detail: '', problem: why });
const steps = (kind, failure, all = ['resolve', 'connect', 'tls', 'signIn', 'capabilities']) => {
  const failed = all.indexOf(failure?.step);
  return all.map((step, i) => {
    const name = `${kind}.${step}`;
    if (failed >= 0 && i === failed) {
      return { ...failedStep(name, failure.problem), certificate: failure.certificate };
    }
    const state = failed >= 0 && i > failed ? 'skipped' : 'ok';
    const detail = { resolve: '192.0.2.17', tls: 'TLS 1.3' }[step] ?? '';
    return { name, state, detail: state === 'ok' ? detail : '' };
  });
};

const certificate = {
  subject: 'mail.fernhill.example',
  issuer: 'Fernhill Studio internal authority',
  names: ['mail.fernhill.example', 'smtp.fernhill.example'],
  notBefore: Date.UTC(2026, 0, 4),
  notAfter: Date.UTC(2027, 0, 4),
  sha256: '5f3c'.repeat(16),
};

/** Opens the dialog that connects a mailbox and types an address and a password. */
async function connecting({ page, word }, email = 'nora@harbour.example', password = 'secret') {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(await word('common.connectEmail'));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: await word('common.connectEmail') });
  await dialog.waitFor();
  if (email === '') return dialog;
  await dialog.locator('[data-field=email]').fill(email);
  await dialog.locator('[data-field=email]').blur();
  const field = dialog.locator('input[data-field=password]');
  if (password !== '' && (await field.count())) await field.fill(password);
  return dialog;
}

/** Fills in the dialog and runs a test with that outcome. */
async function tested(scene, report, email) {
  await answer(scene.page, { 'Accounts.Test': report });
  const dialog = await connecting(scene, email);
  await dialog
    .getByRole('button', { name: await scene.word('accounts.test'), exact: true })
    .click();
  await dialog.locator('[data-state=passed], [data-state=failed]').waitFor();
  return dialog;
}

async function settings({ page, word }, section) {
  await page.keyboard.press('Control+,');
  const dialog = page.getByRole('dialog', { name: await word('common.settings') });
  await dialog
    .getByRole('navigation')
    .getByRole('button', { name: await word(`settings.section.${section}`) })
    .click();
  return dialog;
}

/** Opens the conversation with these words in its row. */
async function reading({ page }, subject) {
  await page.getByRole('row', { name: subject }).first().click();
  await page.locator('#reader :is(h1, h2)').filter({ hasText: subject }).waitFor();
  await page.locator('#reader .ready iframe').first().waitFor();
}

/** Runs a command of the palette. */
async function command({ page, word }, title) {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(await word(title));
  await page.keyboard.press('Enter');
}

/**
 * The scenes: a name, how the fake begins, and the way to the screen. `rows` is
 * false where no list is waited for.
 */
export const scenes = [
  { name: 'list' },
  {
    name: 'mailboxes',
    async go({ page, word, narrow }) {
      if (narrow) await page.getByRole('button', { name: await word('mail.mailboxes') }).click();
    },
  },
  {
    name: 'selected',
    async go({ page }) {
      for (const n of [1, 2, 4]) {
        await page
          .getByRole('row')
          .nth(n)
          .click({ modifiers: ['Control'] });
      }
    },
  },
  {
    name: 'menu of a row',
    async go({ page }) {
      await page.getByRole('row').nth(2).click({ button: 'right' });
      await page.getByRole('menu').waitFor();
    },
  },
  { name: 'conversation', go: (scene) => reading(scene, /Canal house/) },
  {
    name: 'newsletter',
    async go(scene) {
      await reading(scene, /tallest wooden tower/);
    },
  },
  {
    name: 'menu of a message',
    async go(scene) {
      await reading(scene, /tallest wooden tower/);
      await scene.page.locator('#reader [aria-haspopup=menu]').last().click();
      await scene.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'message shown in part',
    async go(scene) {
      await fake(scene.page, () => (window.fake.left = { cut: true, tooDeep: true }));
      await reading(scene, /tallest wooden tower/);
    },
  },
  {
    name: 'palette',
    async go({ page }) {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'palette move',
    async go({ page }) {
      await page.getByRole('grid').focus();
      for (const key of ['ArrowDown', 'v']) await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'palette move of two accounts',
    async go({ page }) {
      for (const n of [0, 1])
        await page
          .getByRole('row')
          .nth(n)
          .click({ modifiers: ['Control'] });
      await page.keyboard.press('v');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'shortcuts',
    async go({ page }) {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'search',
    async go({ page, word }) {
      await page.keyboard.press('/');
      await page.keyboard.type('canal');
      await page.getByRole('grid', { name: await word('mail.searchResults') }).waitFor();
    },
  },
  {
    name: 'search without result',
    async go({ page, word }) {
      await page.keyboard.press('/');
      await page.keyboard.type('nobodywroteofthis');
      await page.getByText(await word('mail.empty.search')).waitFor();
    },
  },
  {
    name: 'empty view',
    async go({ page, word, narrow }) {
      if (narrow) await page.getByRole('button', { name: await word('mail.mailboxes') }).click();
      await page.getByRole('button', { name: 'Suppliers' }).click();
      await page.getByText(await word('mail.empty.mailbox')).waitFor();
    },
  },
  {
    name: 'snackbar',
    async go({ page, word }) {
      await page.getByRole('grid').focus();
      for (const key of ['ArrowDown', 'e']) await page.keyboard.press(key);
      await page.getByRole('button', { name: await word('common.undo') }).waitFor();
    },
  },
  {
    name: 'syncing',
    async go({ page, word, narrow }) {
      await fake(page, () =>
        window.fake.setStatus({
          account: 'a1',
          phase: 'syncing',
          mailbox: 'INBOX',
          done: 12340,
          total: 50000,
        }),
      );
      if (narrow) await page.getByRole('button', { name: await word('mail.mailboxes') }).click();
    },
  },
  {
    name: 'refused and waiting',
    async go(scene) {
      await fake(scene.page, () => {
        const { fake } = window;
        fake.queue({ kind: 'move', mailbox: 'a1-b4', subject: 'Minutes of Monday’s site visit' });
        fake.queue({ subject: 'Your travel documents', add: ['$flagged'], messages: 3 });
        fake.queue({
          state: 'refused',
          kind: 'move',
          mailbox: 'a1-b6',
          subject: 'Invoice 2026-114',
          problem: { code: 'quota', args: {}, server: 'NO [OVERQUOTA] Quota exceeded' },
        });
        fake.setStatus({ account: 'a1', phase: 'offline', pending: 4 });
        fake.changed('a1');
      });
      await command(scene, 'mail.changes');
      await scene.page.getByRole('dialog', { name: await scene.word('mail.changes') }).waitFor();
    },
  },
  {
    name: 'no changes',
    async go(scene) {
      await command(scene, 'mail.changes');
      await scene.page.getByRole('dialog', { name: await scene.word('mail.changes') }).waitFor();
    },
  },
  {
    name: 'trouble in the list',
    async go({ page }) {
      await fake(page, () => {
        window.fake.setStatus({
          account: 'a1',
          phase: 'failed',
          pending: 3,
          problem: { code: 'diskFull', args: {}, server: '' },
        });
        window.fake.setStatus({
          account: 'a2',
          phase: 'failed',
          problem: { code: 'damaged', args: { path: '/home/nora/a2.db' }, server: '' },
        });
      });
      await page.getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'needs sign-in',
    async go({ page, word, narrow }) {
      await fake(page, () =>
        window.fake.setStatus({ account: 'a1', phase: 'needsSignIn', pending: 2 }),
      );
      if (narrow) await page.getByRole('button', { name: await word('mail.mailboxes') }).click();
      await page.getByRole('button', { name: await word('mail.signIn') }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'destroy',
    async go(scene) {
      const { page, word, narrow } = scene;
      await fake(page, () => window.go.app.Mail.Trash([window.fake.messages[0].id]));
      if (narrow) await page.getByRole('button', { name: await word('mail.mailboxes') }).click();
      await page
        .getByRole('button', { name: await word('mail.role.trash') })
        .first()
        .click();
      await page.getByRole('row').first().waitFor();
      await page.getByRole('grid').focus();
      for (const key of ['ArrowDown', 'Delete']) await page.keyboard.press(key);
      await page.getByRole('dialog').last().waitFor();
    },
  },
  ...['accounts', 'appearance', 'reading', 'notifications', 'general', 'shortcuts'].map((s) => ({
    name: `settings ${s}`,
    go: (scene) => settings(scene, s),
  })),
  {
    name: 'settings locked',
    async go(scene) {
      await fake(scene.page, () =>
        window.fake.govern({
          organisation: 'Fernhill Studio',
          help: 'Ask Priya, extension 12.',
          locked: ['remoteImages', 'theme', 'background'],
          remoteImages: 'never',
        }),
      );
      await settings(scene, 'reading');
    },
  },
  {
    name: 'broken policy',
    async go({ page }) {
      await fake(page, () =>
        window.fake.govern({
          findings: [{ line: 12, column: 4, code: 'tooDeep', args: {} }],
        }),
      );
    },
  },
  { name: 'connect', go: (scene) => connecting(scene, '') },
  {
    name: 'connect found',
    async go(scene) {
      const dialog = await connecting(scene);
      await dialog.getByText('imap.harbour.example').first().waitFor();
    },
  },
  {
    name: 'connect caution',
    async go(scene) {
      const dialog = await connecting(scene, 'nora@quay.example');
      await dialog
        .getByText(/hoster\.example/)
        .first()
        .waitFor();
    },
  },
  {
    name: 'connect unknown',
    async go(scene) {
      const dialog = await connecting(scene, 'nora@nowhere.example');
      await dialog.locator('[data-field=imap]').waitFor();
    },
  },
  {
    name: 'connect servers',
    async go(scene) {
      const dialog = await connecting(scene);
      await dialog.getByText('imap.harbour.example').first().waitFor();
      await dialog.locator('.servers .fold').click();
      await dialog.locator('[data-field=smtp]').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'connect testing',
    async go(scene) {
      await hang(scene.page, 'Accounts.Test');
      const dialog = await connecting(scene);
      await dialog.getByText('imap.harbour.example').first().waitFor();
      await dialog
        .getByRole('button', { name: await scene.word('accounts.test'), exact: true })
        .click();
      await fake(scene.page, () =>
        window.fake.emit('test', {
          ok: false,
          steps: ['imap', 'smtp'].flatMap((kind) =>
            ['resolve', 'connect', 'tls', 'signIn', 'capabilities'].map((step, i) => ({
              name: `${kind}.${step}`,
              state: i < 2 ? 'ok' : i === 2 ? 'running' : 'waiting',
              detail: i === 0 ? '192.0.2.17' : '',
            })),
          ),
        }),
      );
    },
  },
  {
    name: 'connect passed',
    go: (scene) => tested(scene, { ok: true, steps: [...steps('imap'), ...steps('smtp')] }),
  },
  {
    name: 'connect guide',
    async go(scene) {
      const why = problem(
        'appPassword',
        { host: 'imap.gmail.com' },
        'NO [ALERT] Application-specific password required',
      );
      await answer(scene.page, {
        'Accounts.Discover': {
          email: 'nora@gmail.com',
          provider: 'google',
          name: 'Gmail',
          source: 'table',
          from: '',
          user: '',
          imap: { host: 'imap.gmail.com', port: 993, security: 'tls', trusted: '' },
          smtp: { host: 'smtp.gmail.com', port: 465, security: 'tls', trusted: '' },
          moreImap: [],
          moreSmtp: [],
          signIn: ['appPassword'],
          proposed: {
            method: 'appPassword',
            provider: '',
            issuer: '',
            tenant: '',
            clientId: '',
            login: '',
          },
          cautions: [],
        },
      });
      await tested(
        scene,
        {
          ok: false,
          steps: [
            ...steps('imap', { step: 'signIn', problem: why }),
            ...steps('smtp', {
              step: 'signIn',
              problem: { ...why, args: { host: 'smtp.gmail.com' } },
            }),
          ],
        },
        'nora@gmail.com',
      );
    },
  },
  {
    name: 'connect certificate',
    async go(scene) {
      const dialog = await tested(scene, {
        ok: false,
        steps: [
          ...steps('imap', {
            step: 'tls',
            certificate,
            problem: problem('tlsUntrusted', { host: 'imap.harbour.example' }),
          }),
          ...steps('smtp', {
            step: 'connect',
            problem: problem('refused', { host: 'smtp.harbour.example', port: '465' }),
          }),
        ],
      });
      await dialog
        .getByRole('button', { name: await scene.word('accounts.certificate.show') })
        .click();
    },
  },
  {
    name: 'connect page',
    async go(scene) {
      await connecting(scene, 'nora@outlook.com', '');
      await scene.page.locator('section[data-field=oauth]').waitFor();
    },
  },
  {
    name: 'connect page options',
    async go(scene) {
      await connecting(scene, 'nora@outlook.com', '');
      const dialog = scene.page.getByRole('dialog');
      await dialog.locator('.options .fold').click();
      await dialog.locator('.options .fields').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'connect page waiting',
    async go(scene) {
      await fake(scene.page, () => (window.fake.finishSignIn = () => new Promise(() => undefined)));
      await connecting(scene, 'nora@outlook.com', '');
      await scene.page.locator('section[data-field=oauth] .buttons button').first().click();
      await scene.page
        .getByRole('button', { name: await scene.word('accounts.oauth.stop') })
        .waitFor();
    },
  },
  {
    name: 'connect page code',
    async go(scene) {
      await fake(scene.page, () => {
        window.fake.finishSignIn = () => {
          window.fake.emit('signIn', {
            url: 'https://id.fernhill.example/device',
            code: 'WDJB-MJHT',
            expires: Date.now() + 900_000,
          });
          return new Promise(() => undefined);
        };
      });
      await connecting(scene, 'nora@outlook.com', '');
      await scene.page.locator('section[data-field=oauth] .buttons button').first().click();
      await scene.page.getByText('WDJB-MJHT').waitFor();
    },
  },
  {
    name: 'discard',
    async go(scene) {
      const dialog = await connecting(scene);
      await dialog.getByRole('button', { name: await scene.word('common.cancel') }).click();
      await scene.page.getByRole('dialog').last().waitFor();
    },
  },
  {
    name: 'verify failed',
    async go(scene) {
      const refused = problem('refused', { host: 'smtp.fernhill.example', port: '4465' });
      await answer(scene.page, {
        'Verification.Account': {
          report: {
            ok: false,
            steps: [
              { name: 'imap.open', state: 'ok', detail: '' },
              { name: 'smtp.submit', state: 'failed', detail: '', problem: refused },
              { name: 'imap.arrive', state: 'skipped', detail: '' },
              { name: 'imap.tidy', state: 'skipped', detail: '' },
            ],
          },
          outcome: {
            state: 'failed',
            at: Date.UTC(2026, 10, 27),
            half: 'smtp',
            junk: false,
            problem: refused,
          },
        },
      });
      const dialog = await settings(scene, 'accounts');
      const verify = await scene.word('accounts.verify');
      await dialog.getByRole('button', { name: verify }).first().click();
      const over = scene.page.getByRole('dialog', {
        name: await scene.word('accounts.verify.title'),
      });
      await over.getByRole('button', { name: verify }).click();
      await over.locator('.failure').waitFor();
    },
  },
  {
    name: 'disconnect',
    async go(scene) {
      const dialog = await settings(scene, 'accounts');
      await dialog
        .getByRole('button', { name: await scene.word('accounts.disconnect') })
        .first()
        .click();
      await scene.page.getByRole('dialog').last().waitFor();
    },
  },
  {
    name: 'edit',
    async go(scene) {
      const dialog = await settings(scene, 'accounts');
      await dialog
        .getByRole('button', { name: await scene.word('settings.edit') })
        .first()
        .click();
      await scene.page
        .getByRole('dialog', { name: await scene.word('accounts.editTitle') })
        .waitFor();
    },
  },
  { name: 'first run', query: { accounts: 0 }, rows: false },
  {
    name: 'first run with an assigned mailbox',
    query: { accounts: 0 },
    rows: false,
    go: ({ page }) =>
      fake(page, () =>
        window.fake.govern({
          organisation: 'Fernhill Studio',
          assigned: [
            {
              kind: 'own',
              account: '',
              email: 'nora@fernhill.example',
              name: 'Nora Lindqvist',
              label: '',
              user: '',
              imap: { host: 'mail.fernhill.example', port: 993, security: 'tls', trusted: '' },
              smtp: { host: 'mail.fernhill.example', port: 465, security: 'tls', trusted: '' },
              signIn: 'password',
              provider: '',
              issuer: '',
              login: '',
            },
          ],
        }),
      ),
  },
  ...['cannotWrite', 'damaged', 'inUse'].map((code) => ({
    name: `start ${code}`,
    query: { problem: code },
    rows: false,
  })),
];
