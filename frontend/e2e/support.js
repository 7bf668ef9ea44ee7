/**
 * What the end-to-end tests share: the running application, a browser on it,
 * real mail servers, and the accessibility check. build/e2e.sh says what the
 * environment holds.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const artifacts = process.env.ARTIFACTS ?? new URL('out', import.meta.url).pathname;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run the tests by \`make e2e\``);
  return value;
}

export const sampleURL = () => required('WAXWING_URL');

/** What lives as long as the test file: takes the place of a test's context in its hooks. */
export function lifetime(name) {
  const ends = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { name, after: (end) => ends.push(end) };
}

/** Launches the browser, with more options if need be; it closes when t ends. */
export async function launch(t, options = {}) {
  const browser = await chromium.launch({
    ...options,
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  t.after(() => browser.close());
  return browser;
}

/**
 * Opens the application and waits for its first screen. Errors of the page fail
 * the test; those of Wails' own development script are not ours.
 */
export async function openPage(t, browser, url, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on('pageerror', (error) => {
    if (!error.stack?.includes('/wails/ipc.js')) errors.push(error.stack);
  });
  t.after(async () => {
    await screenshot(page, t.name);
    await context.close();
    assert.deepEqual(errors, [], 'errors in the page');
  });
  await page.goto(url);
  return page;
}

export async function screenshot(page, name) {
  await mkdir(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name.replace(/\W+/g, '-')}.png`) });
}

/** The list of threads, once it has rows. */
export async function threads(page) {
  const grid = page.getByRole('grid');
  await grid.getByRole('row').first().waitFor();
  return grid;
}

export function row(page, name) {
  return page.getByRole('grid').getByRole('row', { name });
}

/** The document of the body that is shown, by its place among the unfolded ones. */
export function body(page, place = 0) {
  return page.frameLocator('iframe').nth(place);
}

/** Opens a thread by its row and waits until the reader shows it. */
export async function read(page, name) {
  await row(page, name).first().click();
  await page.locator('#reader :is(h1, h2)').filter({ hasText: name }).waitFor();
  await body(page).locator('body').waitFor();
}

/** Fails with every finding of axe in what is shown, slight ones too. */
export async function accessible(page, what) {
  const axe = new AxeBuilder({ page })
    .setLegacyMode(true)
    .exclude('iframe')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']);
  // An open menu stands outside of the landmarks, like a dialog; axe knows that of
  // dialogs only.
  if ((await page.getByRole('menu').count()) > 0) axe.disableRules(['region']);
  const { violations } = await axe.analyze();
  const found = violations.map(
    (v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.target.join(' ')).join('\n  ')}`,
  );
  assert.deepEqual(found, [], `axe in ${what}`);
}

/** Real mail servers (backend/mailtest/serve): where they are, and what can be made to happen. */
export async function mailServers(t, messages = 0, more = []) {
  const child = spawn(required('WAXWING_MAILSERVE'), ['-messages', String(messages), ...more], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => ended(child, () => child.stdin.end()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const where = JSON.parse((await lines.next()).value);
  return {
    ...where,
    /** Says one line to the servers and returns their answer. */
    async tell(line) {
      child.stdin.write(`${line}\n`);
      return (await lines.next()).value;
    },
  };
}

/** Asks a process to end and waits until it has; what doesn't listen is killed. */
async function ended(child, ask) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  ask();
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exit;
  clearTimeout(timer);
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts an application of its own, with an empty data folder; returns its address.
 * With mail servers, what it discovers and trusts is theirs.
 */
export async function application(t, more = [], servers = undefined) {
  return (await running(t, more, servers)).url;
}

/**
 * The same, with the ways to end it: `kill` gives it no time for anything, `again`
 * starts it on the same data and returns its new address.
 */
export async function running(t, more = [], servers = undefined) {
  const data = await mkdtemp(join(tmpdir(), 'waxwing-e2e-'));
  let current = await start(data, more, servers);
  t.after(async () => {
    await ended(current.child, () => current.child.kill());
    await rm(data, { recursive: true, force: true });
  });
  return {
    url: current.url,
    kill: () => ended(current.child, () => current.child.kill('SIGKILL')),
    again: async () => (current = await start(data, more, servers)).url,
  };
}

/** Starts the application on a data folder and waits until it answers. */
async function start(data, more, servers) {
  const port = await freePort();
  const args = ['--data', data, ...more];
  const internet = {};
  if (servers) {
    args.push('--nameserver', servers.nameserver);
    internet.HTTPS_PROXY = internet.HTTP_PROXY = servers.proxy;
    internet.NO_PROXY = 'localhost,127.0.0.1';
    internet.SSL_CERT_FILE = join(data, 'authority.pem');
    await writeFile(internet.SSL_CERT_FILE, servers.ca);
  }
  const child = spawn(required('WAXWING_DEV'), args, {
    env: {
      ...process.env,
      ...internet,
      devserver: `127.0.0.1:${port}`,
      assetdir: new URL('../dist', import.meta.url).pathname,
    },
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return { child, url };
    if (Date.now() > deadline || child.exitCode !== null) {
      throw new Error('the application does not answer');
    }
    await wait(100);
  }
}

/** What the connect form of the real servers' account holds. */
export function accountForm(servers) {
  const plain = (port) => ({ host: servers.host, port, security: 'none', trusted: '' });
  return {
    id: '',
    email: servers.email,
    name: 'Alice Archer',
    user: servers.user,
    password: servers.password,
    imap: plain(servers.imap),
    smtp: plain(servers.submission),
    notify: true,
  };
}

/** Connects the account behind the screens, for tests that are about something else. */
export async function connect(page, servers) {
  await page.getByRole('heading', { name: 'Welcome to Waxwing' }).waitFor();
  await page.evaluate((form) => window.go.app.Accounts.Add(form), accountForm(servers));
  await page.getByRole('grid').waitFor();
}

/**
 * What tests of real mail need, for a whole file: a browser, mail servers with so
 * many messages, and an application that has fetched them. It is there once the
 * file's tests begin.
 */
export function connected(file, messages) {
  const there = {};
  before(
    async () => {
      there.browser = await launch(file);
      there.servers = await mailServers(file, messages);
      there.url = await application(file);
      const page = await openPage(file, there.browser, there.url);
      await connect(page, there.servers);
      await threads(page);
    },
    { timeout: 120_000 },
  );
  return there;
}

/** Speaks IMAP (RFC 9051) with the servers: a command at a time, answered by its lines. */
async function imap(servers, work) {
  const socket = net.connect(servers.imap, servers.host);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const until = async (wanted) => {
    const seen = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the server closed the connection');
      seen.push(value);
      if (wanted.test(value)) return seen;
      if (/^\w+ (NO|BAD)/.test(value)) throw new Error(value);
    }
  };
  await until(/^\* OK/);
  const command = (text, wanted = /^a OK/) => {
    socket.write(`a ${text}\r\n`);
    return until(wanted);
  };
  await command(`LOGIN "${servers.user}" "${servers.password}"`);
  const result = await work(command, socket, until);
  socket.end('a LOGOUT\r\n');
  return result;
}

/** Puts a raw message into the inbox (RFC 9051 §6.3.12). */
export async function append(servers, raw) {
  const bytes = Buffer.from(raw.replace(/\r?\n/g, '\r\n'));
  await imap(servers, async (command, socket, until) => {
    await command(`APPEND INBOX {${bytes.length}}`, /^\+/);
    socket.write(bytes);
    socket.write('\r\n');
    await until(/^a OK/);
  });
}

/** How many messages of a mailbox have that subject; none in one that isn't there. */
export function countOf(servers, mailbox, subject) {
  return imap(servers, async (command) => {
    const listed = await command(`LIST "" "${mailbox}"`);
    if (!listed.some((line) => line.startsWith('* LIST'))) return 0;
    await command(`EXAMINE "${mailbox}"`);
    const found = await command(`SEARCH HEADER Subject "${subject}"`);
    const hits = found.find((line) => line.startsWith('* SEARCH')) ?? '';
    return hits.split(' ').slice(2).length;
  });
}

/** The raw messages of a mailbox with that subject, each as text. */
export function rawOf(servers, mailbox, subject) {
  return imap(servers, async (command) => {
    await command(`EXAMINE "${mailbox}"`);
    const found = await command(`SEARCH HEADER Subject "${subject}"`);
    const hits = (found.find((line) => line.startsWith('* SEARCH')) ?? '').split(' ').slice(2);
    const texts = [];
    for (const hit of hits) {
      const lines = await command(`FETCH ${hit} BODY.PEEK[]`);
      texts.push(lines.slice(1, -2).join('\n'));
    }
    return texts;
  });
}
