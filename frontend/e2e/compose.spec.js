/** Writing and sending, on the real bindings and real servers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  accessible,
  append,
  body,
  connect,
  countOf,
  launch,
  lifetime,
  mailServers,
  openPage,
  rawOf,
  read,
  row,
  running,
  screenshot,
  threads,
} from './support.js';

const file = lifetime('compose');
let browser;
let servers;
let app;
let url;
before(
  async () => {
    browser = await launch(file);
    servers = await mailServers(file, 10);
    app = await running(file);
    url = app.url;
    const page = await openPage(file, browser, url);
    await connect(page, servers);
    await threads(page);
  },
  { timeout: 180_000 },
);

async function open(t) {
  const page = await openPage(t, browser, url);
  page.setDefaultTimeout(60_000);
  await threads(page);
  return page;
}

/** The only card; it has the subject's name once there is one. */
const card = (page) => page.locator('.card[role="dialog"]:visible');
const text = (page) => card(page).locator('.editor');
const saved = (page) =>
  card(page)
    .getByText(/^Saved on this computer/)
    .waitFor();

/** Waits until something holds of the servers. */
async function until(what, holds) {
  for (const deadline = Date.now() + 60_000; ; await wait(250)) {
    if (await holds()) return;
    assert.ok(Date.now() < deadline, `in vain: ${what}`);
  }
}

/** Writes a new message to oneself. */
async function write(page, subject, words) {
  await page.keyboard.press('c');
  await card(page).waitFor();
  await page.getByRole('combobox', { name: 'To' }).fill(servers.email);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Subject' }).fill(subject);
  await text(page).click();
  await page.keyboard.type(words);
}

test('what is written arrives, and its copy is in Sent once', async (t) => {
  const page = await open(t);
  await write(page, 'Larch for the facade', 'We take the ');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('larch');
  await page.keyboard.press('Control+b');
  await page.keyboard.type('.');
  await saved(page);
  await accessible(page, 'the composer');
  await screenshot(page, 'composer');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Sending…').waitFor();
  await card(page).waitFor({ state: 'detached' });
  await page.getByText('Sent.', { exact: true }).waitFor();
  await row(page, /Larch for the facade/)
    .first()
    .waitFor();
  await until(
    'a copy in Sent',
    async () => (await countOf(servers, 'Sent', 'Larch for the facade')) > 0,
  );
  assert.equal(await countOf(servers, 'Sent', 'Larch for the facade'), 1);
  assert.equal(await countOf(servers, 'INBOX', 'Larch for the facade'), 1);
  const [arrived] = await rawOf(servers, 'INBOX', 'Larch for the facade');
  assert.match(arrived, /We take the larch\./);
  assert.match(arrived, /<b>larch<\/b>/);
  // The same octets went to both, but for what the way added on top.
  const [copy] = await rawOf(servers, 'Sent', 'Larch for the facade');
  assert.ok(arrived.endsWith(copy), 'the copy is what was sent');
  assert.deepEqual(await page.evaluate(() => window.go.app.Compose.Drafts()), []);
});

test('sending that is undone sends nothing and brings everything back', async (t) => {
  const page = await open(t);
  await write(page, 'Too early', 'Not yet.');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: 'Undo' }).click();
  await text(page).getByText('Not yet.').waitFor();
  await card(page).getByRole('group', { name: servers.email }).waitFor();
  // Longer than sending would have waited.
  await wait(11_000);
  assert.equal(await countOf(servers, 'INBOX', 'Too early'), 0);
  assert.equal(await countOf(servers, 'Sent', 'Too early'), 0);
  await card(page).getByRole('button', { name: 'Discard draft' }).click();
  await card(page).waitFor({ state: 'detached' });
});

test('an answer quotes the message, belongs to it, and carries files', async (t) => {
  await append(
    servers,
    `From: Bob Wren <bob@${servers.email.split('@')[1]}>\nTo: ${servers.email}\n` +
      'Subject: A heron on the roof\nMessage-ID: <heron@example.org>\n\nThere is a heron here.\n',
  );
  const page = await open(t);
  await read(page, /A heron on the roof/);
  await page.keyboard.press('r');
  await card(page).getByRole('group', { name: 'Bob Wren' }).waitFor();
  await page.keyboard.type('How lovely.');
  await card(page).getByRole('button', { name: 'Show the quoted message' }).click();
  const quote = card(page).frameLocator('iframe');
  await quote.getByText('There is a heron here.').waitFor();
  await page.locator('input[type=file]').setInputFiles({
    name: 'Façade plan.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('larch, 20 mm'),
  });
  await card(page).getByText('Façade plan.txt').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Sent.', { exact: true }).waitFor();
  await until('a copy in Sent', async () => (await countOf(servers, 'Sent', 'A heron')) > 0);
  const [copy] = await rawOf(servers, 'Sent', 'A heron');
  assert.match(copy, /^Subject: Re: A heron on the roof$/m);
  assert.match(copy, /^In-Reply-To: <heron@example\.org>$/m);
  assert.match(copy, /How lovely\./);
  assert.match(copy, /^> There is a heron here\./m);
  assert.match(copy, /filename\*=utf-8''Fa%C3%A7ade%20plan\.txt/i);
  const answered = () =>
    page.evaluate(async () => {
      const filter = { unread: false, flagged: false, attachments: false, toMe: false };
      const query = { view: 'inboxes', filter, offset: 0, limit: 50 };
      const { threads } = await window.go.app.Mail.Threads(query);
      return threads.some((thread) => thread.answered && thread.subject.includes('A heron'));
    });
  await until('the original marked as answered', answered);
});

test('a link to an address begins a message', async (t) => {
  await append(
    servers,
    `From: Zoe Wren <zoe@example.org>\nTo: ${servers.email}\nSubject: Write to Dora\n` +
      'Message-ID: <dora@example.org>\nMIME-Version: 1.0\nContent-Type: text/html\n\n' +
      '<p>Ask <a href="mailto:dora@example.org?subject=Hello%20there">Dora</a>.</p>\n',
  );
  const page = await open(t);
  await read(page, /Write to Dora/);
  await body(page).getByText('Dora', { exact: true }).click();
  await card(page).getByRole('group', { name: 'dora@example.org' }).waitFor();
  assert.equal(await page.getByRole('textbox', { name: 'Subject' }).inputValue(), 'Hello there');
  await page.keyboard.press('Escape');
  await card(page).waitFor({ state: 'detached' });
});

test('without a network a message waits, and goes by itself later', async (t) => {
  const page = await open(t);
  await servers.tell('offline');
  await page.getByText(/^Offline/).waitFor();
  await write(page, 'Sent on the train', 'From the tunnel.');
  await page.keyboard.press('Control+Enter');
  await card(page).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^Outbox/ }).click();
  await accessible(page, 'the outbox');
  await page.keyboard.press('Escape');
  await wait(11_000);
  assert.equal(await page.getByRole('button', { name: /^Outbox/ }).count(), 1);
  await servers.tell('online');
  await row(page, /Sent on the train/)
    .first()
    .waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: /^Outbox/ }).waitFor({ state: 'detached' });
  await until(
    'a copy in Sent',
    async () => (await countOf(servers, 'Sent', 'Sent on the train')) > 0,
  );
  assert.equal(await countOf(servers, 'INBOX', 'Sent on the train'), 1);
  assert.equal(await countOf(servers, 'Sent', 'Sent on the train'), 1);
});

test('a draft is found on the server, written on, and gone once it is sent', async (t) => {
  const page = await open(t);
  await write(page, 'Found again', 'One.');
  await page.keyboard.press('Escape');
  await page.getByText('Kept in Drafts.').waitFor();
  const onServer = (count) => async () =>
    (await countOf(servers, 'Drafts', 'Found again')) === count;
  await until('the draft on the server', onServer(1));
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await row(page, /Found again/).click();
  await text(page).getByText('One.').waitFor();
  await text(page).click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Two.');
  await page.keyboard.press('Control+Enter');
  await page.getByText('Sent.', { exact: true }).waitFor();
  await until('no draft on the server', onServer(0));
  await until('a copy in Sent', async () => (await countOf(servers, 'Sent', 'Found again')) === 1);
  assert.match((await rawOf(servers, 'Sent', 'Found again'))[0], /One\. Two\./);
});

test('a draft survives an application that is killed a second after the last key', async (t) => {
  const page = await open(t);
  await write(page, 'Unfinished', 'The last word is ');
  await page.keyboard.type('heron');
  await wait(1000);
  await app.kill();
  url = await app.again();
  await page.goto(url);
  await page.locator('nav').first().waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  // It is on this computer at first, then in the mailbox as well.
  const draft = page.getByRole('button', { name: /Unfinished/ }).or(row(page, /Unfinished/));
  await draft.first().click();
  await text(page).getByText('The last word is heron').waitFor();
  await card(page).getByRole('group', { name: servers.email }).waitFor();
});
