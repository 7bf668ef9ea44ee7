/** The round trip that proves an account, on real servers. */
import { test } from 'node:test';
import { accessible, connected, lifetime, openPage, screenshot, threads } from './support.js';

const there = connected(lifetime('verify'), 3);

/** The card of the account in Settings. */
async function card(page) {
  await threads(page);
  await page.keyboard.press('Control+,');
  const settings = page.getByRole('dialog', { name: 'Settings' });
  await settings.waitFor();
  return settings.getByRole('group', { name: there.servers.email });
}

test('a message goes out, comes in, and leaves nothing behind', async (t) => {
  const page = await openPage(t, there.browser, there.url);
  const account = await card(page);
  await account.getByText('Not verified').waitFor();
  await account.getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this account' });
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await dialog
    .getByText('Verified: sending and receiving work.')
    .last()
    .waitFor({ timeout: 60_000 });
  // The keyboard stays on the button that began it.
  await page.waitForFunction(() => document.activeElement?.textContent?.trim() === 'Verify again');
  await accessible(page, 'the verification');
  await screenshot(page, 'verified');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await account.getByText('Verified: sending and receiving work.').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  if (await page.getByText('Waxwing checks this mailbox').count()) {
    throw new Error('the message of the verification is in the list');
  }
});

test('a wrong port is found, and which half it belongs to', async (t) => {
  const page = await openPage(t, there.browser, there.url);
  await page.evaluate(async () => {
    const { Accounts } = window.go.app;
    const [account] = await Accounts.List();
    const smtp = { ...account.smtp, port: 4465, security: 'tls' };
    await Accounts.Update(account.id, { ...account, smtp, password: '' });
  });
  const account = await card(page);
  await account.getByText('Not verified').waitFor();
  await account.getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify this account' });
  await dialog.getByRole('button', { name: 'Verify' }).click();
  await dialog.getByText('Verification failed: sending doesn’t work.').last().waitFor();
  await dialog
    .getByText(/No mail server answers at .*4465/)
    .last()
    .waitFor();
  await accessible(page, 'the failed verification');
  await screenshot(page, 'verification-failed');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await account.getByText(/sending doesn’t work/).waitFor();
});
