/** What an organisation sets up: a policy file, read by the running application. */
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import {
  accessible,
  application,
  launch,
  lifetime,
  mailServers,
  openPage,
  screenshot,
  threads,
} from './support.js';

const file = lifetime('policy');
let browser;
let servers;
let url;
let path;

/** Replaces the policy at once, as administrators' tools do. */
async function govern(text) {
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await rename(`${path}.new`, path);
}

const policy = (more = {}) => ({
  version: 1,
  organisation: { name: 'Fernhill', help: 'telephone 4000' },
  servers: [
    {
      name: 'office',
      imap: { host: servers.host, port: servers.imap, security: 'none' },
      smtp: { host: servers.host, port: servers.submission, security: 'none' },
      userName: servers.user,
    },
  ],
  mailboxes: [
    {
      users: ['*'],
      address: servers.email,
      kind: 'shared',
      displayName: 'Fernhill Sales',
      label: 'Sales',
      servers: 'office',
    },
  ],
  allow: { domains: ['fernhill.example'] },
  settings: { density: 'compact' },
  remoteImages: { rule: 'never' },
  ...more,
});

before(
  async () => {
    browser = await launch(file);
    servers = await mailServers(file, 10);
    // A folder of one's own: a policy that others could write is refused.
    const folder = await mkdtemp(join(tmpdir(), 'waxwing-policy-'));
    file.after(() => rm(folder, { recursive: true, force: true }));
    path = join(folder, 'policy.json');
    await govern(JSON.stringify(policy(), null, 2));
    url = await application(file, ['--policy', path]);
  },
  { timeout: 120_000 },
);

test('an assigned mailbox is offered, filled in, and connected', async (t) => {
  const page = await openPage(t, browser, url);
  await page.getByText('Assigned to you').waitFor();
  await screenshot(page, 'policy first run');
  await accessible(page, 'the first run with an assigned mailbox');
  await page.getByRole('button', { name: `Connect ${servers.email}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Connect email' });
  assert.equal(await dialog.getByLabel('Email address').inputValue(), servers.email);
  assert.equal(await dialog.getByLabel('Your name').inputValue(), 'Fernhill Sales');
  await dialog.getByText('Fernhill has set the address').waitFor();
  await dialog.getByRole('button', { name: /Servers and user name/ }).click();
  assert.equal(await dialog.getByLabel('Incoming server (IMAP)').isDisabled(), true);
  await screenshot(page, 'policy connect');
  await accessible(page, 'an assigned mailbox');
  await dialog.getByRole('textbox', { name: 'Password' }).fill(servers.password);
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await threads(page);
  await page.getByText('Sales').first().waitFor();
});

test('what is locked says so, and Go refuses to change it', async (t) => {
  const page = await openPage(t, browser, url);
  await threads(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByText('Assigned to you by Fernhill').waitFor();
  await dialog.getByRole('button', { name: 'Appearance' }).click();
  const density = dialog.getByRole('radiogroup', { name: 'Density' });
  assert.equal(await density.getByRole('radio', { name: 'Compact' }).isChecked(), true);
  assert.equal(await density.getByRole('radio', { name: 'Comfortable' }).isDisabled(), true);
  await dialog.getByText('Set by Fernhill').waitFor();
  await screenshot(page, 'policy appearance');
  await accessible(page, 'locked settings');
  await dialog.getByRole('button', { name: 'Reading' }).click();
  assert.equal(await dialog.getByRole('radio', { name: 'Never show' }).isChecked(), true);
  const refused = await page.evaluate(async () => {
    const { Settings, Accounts } = window.go.app;
    const code = (p) =>
      p.then(
        () => 'allowed',
        (e) => JSON.parse(e.message ?? e).code,
      );
    const server = { host: 'imap.example.org', port: 993, security: 'tls', trusted: '' };
    return [
      await code(Settings.Set({ ...(await Settings.Get()), density: 'comfortable' })),
      await code(
        Accounts.Add({ email: 'eve@elsewhere.example', password: 'x', imap: server, smtp: server }),
      ),
    ];
  });
  assert.deepEqual(refused, ['policy', 'policy']);
});

test('a broken policy is told with its place, and the last sound one holds', async (t) => {
  const page = await openPage(t, browser, url);
  await threads(page);
  await govern(JSON.stringify(policy({ settings: { density: 'tight' } }), null, 2));
  const bar = page.getByRole('alert');
  await bar.getByText('settings for Waxwing have a mistake').waitFor({ timeout: 30_000 });
  await bar.getByText(/Line \d+, column \d+: “tight” isn’t offered/).waitFor();
  await screenshot(page, 'policy bar');
  await accessible(page, 'a broken policy');
  await bar.getByRole('button', { name: 'Details' }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByText('What Fernhill set before stays in force.').waitFor();
  await dialog.getByText(path).waitFor();
  await screenshot(page, 'policy notice');
  await accessible(page, 'a broken policy in the settings');
  await govern(JSON.stringify(policy({ settings: undefined, remoteImages: undefined })));
  await bar.waitFor({ state: 'detached', timeout: 30_000 });
  await dialog.getByRole('button', { name: 'Appearance' }).click();
  const comfortable = dialog.getByRole('radio', { name: 'Comfortable' });
  await comfortable.check({ force: true });
  assert.equal(await comfortable.isChecked(), true);
});

for (const [theme, width, locale] of [
  ['light', 390, 'de-DE'],
  ['dark', 1280, 'de-DE'],
  ['dark', 390, 'en-GB'],
]) {
  test(`lock and notice fit: ${theme}, ${width} wide, ${locale}`, async (t) => {
    await govern(JSON.stringify(policy({ settings: { density: 'tight' } }), null, 2));
    const page = await openPage(t, browser, url, {
      viewport: { width, height: 800 },
      colorScheme: theme,
      locale,
    });
    const bar = page.getByRole('alert');
    await bar.waitFor({ timeout: 30_000 });
    await screenshot(page, `policy bar ${theme} ${width} ${locale}`);
    await bar.getByRole('button').first().click();
    await page.getByRole('dialog').getByText(path).waitFor();
    await accessible(page, `the notice in ${theme}, ${width} wide`);
    await screenshot(page, `policy notice ${theme} ${width} ${locale}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wider, false, 'the page is wider than the window');
  });
}
