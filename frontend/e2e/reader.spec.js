/** The reader with mail that is out of the ordinary, on real servers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accessible,
  append,
  application,
  body,
  connect,
  launch,
  lifetime,
  mailServers,
  openPage,
  read,
  row,
  screenshot,
  threads,
} from './support.js';

const file = lifetime('reader');
let browser;
let servers;
let url;
before(
  async () => {
    browser = await launch(file);
    servers = await mailServers(file, 3);
    url = await application(file);
    const page = await openPage(file, browser, url);
    await connect(page, servers);
    await threads(page);
  },
  { timeout: 120_000 },
);

const open = (t, options) => openPage(t, browser, url, options);

/** A message with that subject and body, from now unless it tells its date. */
const letter = (subject, type, content, date = new Date().toUTCString()) =>
  `From: Mallory <mallory@evil.example>
To: Alice <alice@example.org>
Subject: ${subject}
Message-ID: <${subject.replace(/\W+/g, '-')}@evil.example>
Date: ${date.replace('GMT', '+0000')}
MIME-Version: 1.0
Content-Type: ${type}; charset=utf-8

${content}
`;

/** Puts the system's browser out of reach; returns what would have been opened. */
async function catchLinks(page) {
  await page.evaluate(() => {
    window.opened = [];
    window.go.app.System.OpenLink = (link) => Promise.resolve(void window.opened.push(link));
  });
  return () => page.evaluate(() => window.opened);
}

for (const [name, options] of [
  ['wide', {}],
  ['narrow, dark', { viewport: { width: 390, height: 780 }, colorScheme: 'dark', locale: 'de-DE' }],
]) {
  test(`where links lead is shown, and asked about where they say otherwise, ${name}`, async (t) => {
    const subject = `Account blocked ${name.length}`;
    await append(
      servers,
      letter(
        subject,
        'text/html',
        `<p>Dear customer,</p><p>sign in at <a href="https://bank.com@secure.evil.example/${'a/'.repeat(200)}end">
https://bank.com/login</a> or <a href="https://www.example.org/help">read more</a>.</p>`,
      ),
    );
    const page = await open(t, options);
    const opened = await catchLinks(page);
    await row(page, new RegExp(subject)).waitFor();
    await read(page, subject);
    const lie = body(page).getByRole('link', { name: 'bank.com' });
    await lie.hover();
    const target = page.locator('.target bdo');
    await target.waitFor();
    assert.match(await target.innerText(), /^https:\/\/secure\.evil\.example\/a\/.*….*\/end$/);
    assert.equal(await target.locator('b').innerText(), 'evil.example');
    await screenshot(page, `link pointed ${name}`);
    await body(page).getByRole('link', { name: 'read more' }).focus();
    await target.getByText('example.org').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => window.opened.length === 1);

    await lie.click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/bank\.com.*evil\.example/s).waitFor();
    await screenshot(page, `link asked ${name}`);
    await accessible(page, 'the question about a link');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.deepEqual(await opened(), ['https://www.example.org/help']);
  });
}
