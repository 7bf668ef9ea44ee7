/** How much mail is kept on the computer, on real servers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accessible,
  accountForm,
  append,
  application,
  launch,
  lifetime,
  mailServers,
  openPage,
  row,
} from './support.js';

const file = lifetime('keep');
let browser;
let servers;
before(
  async () => {
    browser = await launch(file);
    servers = await mailServers(file, 40); // mail of years ago
  },
  { timeout: 120_000 },
);

test('older mail is left out until more is to be kept', async (t) => {
  const page = await openPage(t, browser, await application(t));
  await append(
    servers,
    'From: Zoe Wren <zoe@waxwing.test>\nSubject: Of today\nMessage-ID: <today@waxwing.test>\n\nHello\n',
  );
  await page.getByRole('heading', { name: 'Welcome to Waxwing' }).waitFor();
  const form = { ...accountForm(servers), keep: 'month' };
  await page.evaluate((account) => window.go.app.Accounts.Add(account), form);
  await row(page, /Of today/).waitFor();
  await page.getByText(/^Up to date/).waitFor();
  assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '1');
  await page
    .getByRole('note')
    .getByText(/isn’t kept on this computer/)
    .waitFor();
  await accessible(page, 'a list that is cut');

  await page.getByRole('button', { name: /^Keep more mail of/ }).click();
  await page.getByLabel('Keep on this computer').selectOption('All mail');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForFunction(
    () => Number(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount')) > 10,
  );
  assert.equal(await page.getByRole('note').count(), 0);
});
