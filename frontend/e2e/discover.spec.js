/** From an address to its mail: found by the domain's own file, and by DNS. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accessible,
  application,
  launch,
  lifetime,
  mailServers,
  openPage,
  screenshot,
} from './support.js';

const file = lifetime('discover');
let browser;
let servers;
before(async () => {
  browser = await launch(file);
  servers = await mailServers(file, 10);
});

/** An application whose internet is the servers', with the dialog open. */
async function dialog(t, options) {
  const page = await openPage(t, browser, await application(t, [], servers), options);
  await page.getByRole('button', { name: /Connect email|E-Mail verbinden/ }).click();
  await page.getByRole('dialog').waitFor();
  return page;
}

test('an address is enough where its domain says how it is reached', async (t) => {
  const page = await dialog(t);
  await page.getByLabel('Email address').fill(servers.email);
  await page.getByLabel('Your name').fill('Alice Archer');
  await page.getByLabel('Password', { exact: true }).fill(servers.password);
  await page.getByText('Harbour Mail').waitFor();
  await page.getByText('Your domain says so itself (autoconfig.waxwing.test).').waitFor();
  await accessible(page, 'the dialog with a proposal');
  await screenshot(page, 'discovered');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('grid').getByRole('row').first().waitFor();
  const [account] = await page.evaluate(() => window.go.app.Accounts.List());
  assert.equal(account.imap.port, servers.imaps);
  assert.equal(account.smtp.port, servers.submissions);
  assert.equal(account.user, 'alice');
});

test('a new account is verified before it is saved, in sight', async (t) => {
  const page = await dialog(t, { viewport: { width: 390, height: 800 } });
  await page.getByLabel('Email address').fill(servers.email);
  await page.getByLabel('Password', { exact: true }).fill(servers.password);
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
  await inSight(page.getByRole('button', { name: 'Verify', exact: true }));
  await page
    .getByRole('button', { name: /TLS.*Certificate/ })
    .first()
    .click();
  await page.getByRole('region', { name: 'Certificate' }).getByText('localhost').first().waitFor();
  await page.getByRole('button', { name: 'Verify', exact: true }).click();
  await page.getByText('Verified: sending and receiving work.').last().waitFor();
  await inSight(page.getByRole('button', { name: 'Verify again' }));
  await accessible(page, 'the verified new account');
  await screenshot(page, 'new-verified');
});

/** Fails unless a thing can be seen without scrolling. */
async function inSight(locator) {
  await locator.waitFor();
  await locator.evaluate(
    (element) =>
      new Promise((seen) => {
        new IntersectionObserver(
          (entries) => {
            if (entries.some((e) => e.intersectionRatio === 1)) seen();
          },
          { threshold: 1 },
        ).observe(element);
      }),
  );
}

test('servers of a stranger that DNS names wait for the person', async (t) => {
  const page = await dialog(t);
  await page.getByLabel('Email address').fill('alice@quay.test');
  await page.getByLabel('Password', { exact: true }).fill(servers.password);
  await page.getByText(/localhost belongs to someone else/).waitFor();
  await accessible(page, 'the dialog with a caution');
  await screenshot(page, 'cautioned');
  await page.getByRole('button', { name: /^Servers and user name/ }).click();
  assert.equal(await page.getByLabel('Incoming server (IMAP)').inputValue(), '');
  await page.getByLabel('User name').fill('alice');
  await page.getByRole('button', { name: 'Use these servers' }).click();
  assert.equal(
    await page.getByLabel('Incoming server (IMAP)').inputValue(),
    `localhost:${servers.imaps}`,
  );
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByRole('button', { name: /^Save/ }).waitFor();
});

test('the next server that was found is one press away when the first is down', async (t) => {
  const page = await dialog(t);
  await page.getByLabel('Email address').fill('alice@pier.test');
  await page.getByLabel('Password', { exact: true }).fill(servers.password);
  await page.getByRole('button', { name: 'Use these servers' }).click();
  await page.getByRole('button', { name: /^Servers and user name/ }).click();
  await page.getByLabel('User name').fill('alice');
  await page.getByRole('button', { name: 'Test connection' }).click();
  await page.getByText(`Your provider has another server: localhost:${servers.imaps}`).waitFor();
  await accessible(page, 'the dialog with another server');
  await screenshot(page, 'next-server');
  await page.getByRole('button', { name: 'Try this server' }).click();
  const incoming = page.getByRole('group', { name: 'Incoming server (IMAP)' });
  await incoming.getByRole('button', { name: /Certificate/ }).waitFor();
  assert.equal(
    await page.getByRole('textbox', { name: 'Incoming server (IMAP)' }).inputValue(),
    `localhost:${servers.imaps}`,
  );
});

test('the cards stand on a narrow, dark, German screen', async (t) => {
  const page = await dialog(t, {
    viewport: { width: 390, height: 800 },
    colorScheme: 'dark',
    locale: 'de-DE',
  });
  await page.getByLabel('E-Mail-Adresse').fill('alice@gmail.com');
  await page.getByText('Ein Anbieter, den Waxwing kennt.').waitFor();
  await page.getByRole('button', { name: 'Anderen Anbieter wählen' }).click();
  await page.getByRole('radio', { name: 'iCloud' }).check();
  await page.getByText('Von Ihnen gewählt.').waitFor();
  await accessible(page, 'the cards');
});
