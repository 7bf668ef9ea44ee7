/** Signing in at a provider's page, on a real OpenID provider and servers that take its tokens. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accessible,
  accountForm,
  application,
  launch,
  lifetime,
  mailServers,
  openPage,
  screenshot,
  threads,
} from './support.js';

const file = lifetime('oauth');
let browser;
let servers;
before(async () => {
  browser = await launch(file);
  servers = await mailServers(file, 10, ['-openid', '5']);
});

const open = async (t, options) => openPage(t, browser, await application(t, [], servers), options);

/** Where the next sign-in leads; the development build leaves opening it to us. */
function nextPrompt(page) {
  return page.evaluate(
    () => new Promise((resolve) => window.runtime.EventsOnce('signIn', resolve)),
  );
}

/** Clicks and plays the person in the provider's page; returns the page it ends on. */
async function signInBy(page, click, { user = servers.user, deny = false } = {}) {
  const prompt = nextPrompt(page);
  await click();
  const { url } = await prompt;
  const tab = await page.context().newPage();
  // The provider's pages ask for a font on the internet.
  await tab.route(/googleapis/, (route) => route.abort());
  await tab.goto(url, { waitUntil: 'domcontentloaded' });
  if (deny) {
    await tab.getByText('Cancel').click();
  } else {
    await tab.locator('input[name=login]').fill(user);
    await tab.locator('input[name=password]').fill('anything');
    await tab.locator('button[type=submit]').click();
    await tab.getByRole('button', { name: 'Continue' }).click();
  }
  await tab.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/\?/);
  return tab;
}

/** Opens the dialog with the address, and how to sign in with the provider. */
async function dialog(page, words) {
  await page.getByRole('button', { name: words.connect }).click();
  await page.getByLabel(words.email).fill(servers.email);
  await page.getByText('Harbour Mail').waitFor();
  await page.getByRole('button', { name: words.browser }).click();
  await page.getByLabel(words.issuer).fill(servers.issuer);
  await page
    .getByLabel('Client ID', { exact: true })
    .or(page.getByLabel('Client-ID', { exact: true }))
    .fill(servers.clientId);
}

const en = {
  connect: 'Connect email',
  email: 'Email address',
  browser: 'Sign in in the browser instead',
  issuer: 'Address of the provider',
};
const de = {
  connect: 'E-Mail verbinden',
  email: 'E-Mail-Adresse',
  browser: 'Stattdessen im Browser anmelden',
  issuer: 'Adresse des Anbieters',
};
const button = (page) =>
  page.getByRole('button', { name: `Sign in with ${new URL(servers.issuer).host}` });

test('denied, then the wrong account, then the right one: the mail is there', async (t) => {
  const page = await open(t);
  await dialog(page, en);
  await accessible(page, 'the dialog before signing in');
  await screenshot(page, 'oauth before');

  const refused = await signInBy(page, () => button(page).click(), { deny: true });
  await refused.getByText('Nothing was connected.').waitFor();
  await accessible(refused, 'the last page after a refusal');
  await refused.close();
  await page.getByText('Access to the mail was not allowed.').waitFor();
  await accessible(page, 'the dialog after a refusal');
  await screenshot(page, 'oauth denied');

  const wrong = await signInBy(page, () => button(page).click(), { user: 'bob' });
  await wrong.close();
  await page.getByText(/You signed in as bob@/).waitFor();
  await screenshot(page, 'oauth wrong account');
  // The provider remembers bob in this browser.
  await page.context().clearCookies();

  const waiting = button(page).click();
  await waiting;
  await page.getByText('Waiting for you in the browser').waitFor();
  await accessible(page, 'the dialog while waiting');
  await screenshot(page, 'oauth waiting');
  await page.getByRole('button', { name: 'Stop waiting' }).click();

  const done = await signInBy(page, () => button(page).click());
  await done.getByText('You can close this tab').waitFor();
  await screenshot(done, 'oauth last page');
  await done.close();
  await page.getByText(/Signed in with/).waitFor();
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await save.waitFor();
  await screenshot(page, 'oauth signed in');
  await save.click();
  await threads(page);
  const [account] = await page.evaluate(() => window.go.app.Accounts.List());
  assert.equal(account.signIn.method, 'oauth');
  assert.equal(account.signIn.issuer, servers.issuer);
});

test('what the provider takes back is asked for with one button', async (t) => {
  const page = await open(t);
  await page.getByRole('heading', { name: 'Welcome to Waxwing' }).waitFor();
  const form = accountForm(servers);
  const signIn = {
    method: 'oauth',
    provider: 'other',
    issuer: servers.issuer,
    tenant: '',
    clientId: servers.clientId,
  };
  let granted;
  const tab = await signInBy(page, () => {
    granted = page.evaluate((asked) => window.go.app.Accounts.SignIn(asked), {
      email: form.email,
      user: '',
      signIn,
      clientSecret: '',
      device: false,
      language: 'en',
    });
    return Promise.resolve();
  });
  await tab.close();
  const account = { ...form, password: '', signIn, granted: await granted };
  await page.evaluate((a) => window.go.app.Accounts.Add(a), account);
  await threads(page);
  await page.getByText(/^Up to date/).waitFor({ timeout: 60_000 });

  await servers.tell('revoke');
  await servers.tell('offline');
  await page
    .getByRole('button', { name: /Sign in/ })
    .first()
    .waitFor({ timeout: 90_000 });
  await servers.tell('online');
  await page
    .getByRole('button', { name: /Sign in/ })
    .first()
    .click();
  await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
  await page.getByText('Your sign-in has ended.', { exact: true }).waitFor();
  await accessible(page, 'signing in again');
  await screenshot(page, 'oauth again');
  await page.context().clearCookies();
  const again = await signInBy(page, () => button(page).click());
  await again.close();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText(/^Up to date/).waitFor({ timeout: 60_000 });
});

test('the same in German, in the dark, on a narrow window, by keyboard', async (t) => {
  const page = await open(t, {
    locale: 'de-DE',
    colorScheme: 'dark',
    viewport: { width: 390, height: 844 },
  });
  await dialog(page, de);
  await accessible(page, 'the German dialog');
  await screenshot(page, 'oauth narrow');
  const start = page.getByRole('button', { name: `Mit ${new URL(servers.issuer).host} anmelden` });
  const done = await signInBy(page, async () => {
    await start.focus();
    await page.keyboard.press('Enter');
  });
  await done.getByText('Sie können diesen Tab schließen').waitFor();
  await screenshot(done, 'oauth last page German');
  await done.close();
  await page.getByText(/Angemeldet mit/).waitFor();
  await screenshot(page, 'oauth narrow signed in');
});
