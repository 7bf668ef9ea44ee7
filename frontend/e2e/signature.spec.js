/** A signature, written when connecting and edited later, on real servers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accessible, application, launch, lifetime, mailServers, openPage } from './support.js';

const file = lifetime('signature');
let browser;
let servers;
before(
  async () => {
    browser = await launch(file);
    servers = await mailServers(file, 3);
  },
  { timeout: 120_000 },
);

/** What is kept of the first account's signature. */
const kept = (page) =>
  page.evaluate(async () => (await window.go.app.Identities.List())[0]?.signature);

test('a signature is written when connecting and edited in the settings', async (t) => {
  const page = await openPage(t, browser, await application(t, [], servers));
  await page.getByRole('button', { name: 'Connect email' }).click();
  await page.getByLabel('Email address').fill(servers.email);
  await page.getByLabel('Your name').fill('Alice Archer');
  await page.getByLabel('Password', { exact: true }).fill(servers.password);
  await page.getByText('Harbour Mail').waitFor();
  await page.getByRole('button', { name: 'Test connection' }).click();

  const editor = page.getByRole('textbox', { name: 'Signature' });
  await editor.click();
  await page.keyboard.type('Alice Archer');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Bold' }).click();
  await page.keyboard.type('Fernhill');
  await page.getByRole('button', { name: 'Bold' }).click();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Link', exact: true }).click();
  await page.getByLabel('Where the link leads').fill('fernhill.example');
  await page.keyboard.press('Enter');
  await accessible(page, 'the connect dialog with a signature');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('grid').waitFor();
  assert.equal(
    await kept(page),
    '<div>Alice Archer</div><div><b>Fernhill</b></div>' +
      '<div><a href="https://fernhill.example">fernhill.example</a></div>',
  );

  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit' }).click();
  await editor.getByText('Fernhill', { exact: true }).dblclick();
  await page.getByRole('button', { name: 'Italic' }).click();
  // What is pasted comes as text.
  await page.keyboard.press('End');
  await editor.evaluate((element) => {
    const data = new DataTransfer();
    data.setData('text/html', '<img src=x onerror="window.hit=1">');
    data.setData('text/plain', ' & Sons');
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await editor.waitFor({ state: 'detached' });
  assert.match(
    await kept(page),
    /<div>(<b><i>|<i><b>)Fernhill( &amp; Sons)?(<\/i><\/b>|<\/b><\/i>)/,
  );
  assert.match(await kept(page), /Sons/);
  assert.equal(await page.evaluate(() => window.hit), undefined);
});
