/** The reader with mail that is out of the ordinary, on real servers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accessible,
  append,
  body,
  connected,
  lifetime,
  openPage,
  read,
  row,
  screenshot,
} from './support.js';

const there = connected(lifetime('reader'), 3);

const open = (t, options) => openPage(t, there.browser, there.url, options);

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
      there.servers,
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

test('a message of endless tables is shown in part and can be saved', async (t) => {
  const cells = '<tr><td>cell</td><td>cell</td></tr>'.repeat(300_000);
  await append(there.servers, letter('Endless tables', 'text/html', `<table>\n${cells}</table>`));
  const page = await open(t);
  await row(page, /Endless tables/).waitFor({ timeout: 60_000 });
  await read(page, 'Endless tables');
  await page.getByText(/very long; the rest isn’t shown/).waitFor();
  const elements = await body(page)
    .locator('body')
    .evaluate((shown) => shown.querySelectorAll('*').length);
  assert.ok(elements > 10_000 && elements < 21_000, `${elements} elements`);
  await page.getByRole('button', { name: 'Save original' }).scrollIntoViewIfNeeded();
  await screenshot(page, 'endless tables');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save original' }).click();
  assert.equal((await download).suggestedFilename(), 'Endless tables.eml');
});

test('parts nested too deeply are named', async (t) => {
  const boundaries = Array.from({ length: 200 }, (_, i) => `b${i}`);
  const [first, ...others] = boundaries;
  const inner = others
    .map((b, i) => `--${boundaries[i]}\nContent-Type: multipart/mixed; boundary=${b}\n`)
    .join('\n');
  const raw = letter('Russian dolls', 'text/plain', '')
    .replace(/Content-Type: .*/, `Content-Type: multipart/mixed; boundary=${first}`)
    .concat(`--${first}\n\nThe outermost one\n${inner}\n--${others.at(-1)}\n\nThe innermost one\n`);
  await append(there.servers, raw);
  const page = await open(t, { locale: 'de-DE', colorScheme: 'dark' });
  await row(page, /Russian dolls/).waitFor();
  await read(page, 'Russian dolls');
  await page.getByText(/zu tief verschachtelt/).waitFor();
  await body(page).getByText('The outermost one').waitFor();
  await page.getByRole('button', { name: 'Original speichern' }).waitFor();
  await accessible(page, 'a message shown in part');
});

test('a message without a visible subject, from 1900, has both in words', async (t) => {
  const invisible = '=?utf-8?B?4oCL4oCuwqDCrQ==?=';
  await append(
    there.servers,
    letter(invisible, 'text/plain', 'From long ago', 'Mon, 01 Jan 1900 12:00:00 +0000'),
  );
  const page = await open(t);
  await row(page, /No subject/).waitFor();
  await read(page, 'No subject');
  await page.getByRole('article').getByText('01/01/1900').waitFor();
});

/** Quotes in each other, as programs nest them. Each must leave room for the innermost text. */
const quotes = {
  elements: ['text/html', (n) => `${'<blockquote>level '.repeat(n)}innermost words to read`],
  'elements with a style of their own': [
    'text/html',
    (n) =>
      `${'<blockquote style="margin:0 0 0 40px;border-left:1px solid #ccc;padding-left:1ex">level '.repeat(n)}innermost words to read`,
  ],
  lists: ['text/html', (n) => `${'<ul><li>level '.repeat(n)}innermost words to read`],
  text: ['text/plain', (n) => `${'> '.repeat(n)}innermost words to read`],
};

for (const [width, least] of [
  [390, 160],
  [1280, 280],
]) {
  for (const [kind, [type, content]] of Object.entries(quotes)) {
    test(`quotes nested deeply leave room for the text: ${kind}, ${width} wide`, async (t) => {
      const subject = `Nested ${kind} ${width}`;
      await append(there.servers, letter(subject, type, content(60)));
      const page = await open(t, { viewport: { width, height: 800 } });
      await row(page, new RegExp(subject)).waitFor();
      await read(page, subject);
      const innermost = body(page)
        .getByText(/innermost words to read/)
        .last();
      await innermost.waitFor();
      const { left, right, room } = await innermost.evaluate((element) => {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const inside = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
        return { left: box.left, right: innerWidth - box.right, room: box.width - inside };
      });
      assert.ok(room >= least, `${room} px wide`);
      assert.ok(left >= 0 && right >= 0, `beyond the edges: ${left}, ${right}`);
    });
  }
}
