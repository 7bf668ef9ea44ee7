/** Reading and tidying up, on the sample mail. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accessible,
  body,
  launch,
  lifetime,
  openPage,
  read,
  row,
  sampleURL,
  threads,
} from './support.js';

const file = lifetime('sample');
let browser;
/** Without a window, Chromium draws no scrollbars unless told to. */
let scrolling;
before(async () => {
  browser = await launch(file);
  scrolling = await launch(file, { ignoreDefaultArgs: ['--hide-scrollbars'] });
});

const open = (t, options) => openPage(t, browser, sampleURL(), options);
const unreadOf = async (page) =>
  Number((await page.getByText(/^\d+ unread$/).textContent())?.match(/\d+/)?.[0]);

test('the first screen shows the newest mail', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const total = Number(await grid.getAttribute('aria-rowcount'));
  const drawn = await grid.getByRole('row').count();
  assert.ok(total > 20, `${total} conversations`);
  assert.ok(drawn >= Math.min(total, 8) && drawn <= 40, `${drawn} rows drawn of ${total}`);
  await accessible(page, 'the list');
});

test('a message is read, and marked so', async (t) => {
  const page = await open(t);
  await threads(page);
  const unread = page.getByRole('row', { name: /^Unread/ }).first();
  const label = await unread.getAttribute('aria-label');
  const id = await unread.getAttribute('id');
  const before = await unreadOf(page);
  await unread.click();
  await body(page).locator('body').waitFor();
  assert.match((await body(page).locator('body').innerText()).trim(), /\S/);
  await page.waitForFunction(
    ({ id }) => !document.getElementById(id)?.getAttribute('aria-label')?.startsWith('Unread'),
    { id },
  );
  assert.ok((await unreadOf(page)) < before, `fewer than ${before} unread after reading ${label}`);
  await accessible(page, 'the reader');
});

test('a flag is set and found among the flagged', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const plain = grid.locator('[role=row]:not([aria-label*="Flagged"])').nth(2);
  const id = await plain.getAttribute('id');
  await page.locator(`#${id}`).click();
  await page.keyboard.press('s');
  await page.locator(`#${id}[aria-label*="Flagged"]`).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('grid', { name: 'Flagged' }).locator(`#${id}`).click();
  await page.getByRole('toolbar').getByRole('button', { name: 'Remove flag' }).click();
  await page.locator(`#${id}`).waitFor({ state: 'detached' });
});

test('a conversation is archived, and brought back by Undo', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const chosen = grid.getByRole('row').nth(1);
  const id = await chosen.getAttribute('id');
  await chosen.click();
  await page.keyboard.press('e');
  await page.locator(`#${id}`).waitFor({ state: 'detached' });
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await page.locator(`#${id}`).waitFor();
});

test('a conversation is dragged to a mailbox, and brought back by Undo', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const chosen = grid.getByRole('row').nth(2);
  const id = await chosen.getAttribute('id');
  await chosen.dragTo(page.getByRole('navigation').getByRole('button', { name: 'Receipts' }));
  await page.locator(`#${id}`).waitFor({ state: 'detached' });
  await page.getByText('Conversation moved to Receipts.').waitFor();
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click();
  await page.locator(`#${id}`).waitFor();
});

test('a search finds words of the text, and Esc goes back', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const all = Number(await grid.getAttribute('aria-rowcount'));
  await page.keyboard.press('/');
  await page.keyboard.type('coffee machine');
  const results = page.getByRole('grid', { name: 'Search results' });
  await results
    .getByRole('row', { name: /coffee machine/i })
    .first()
    .waitFor();
  assert.ok(Number(await results.getAttribute('aria-rowcount')) < all);
  await accessible(page, 'search results');
  await page.keyboard.press('Escape');
  await page.getByRole('grid', { name: 'All inboxes' }).waitFor();
});

test('a long conversation opens folded, at what is new', async (t) => {
  const page = await open(t);
  await threads(page);
  await read(page, /Coffee machine/);
  const cards = page.getByRole('article');
  const shown = await cards.count();
  await page.getByRole('button', { name: /earlier message/ }).click();
  await page.waitForFunction((n) => document.querySelectorAll('#reader article').length > n, shown);
  await accessible(page, 'a long conversation');
});

test('a message has no scrollbar of its own', async (t) => {
  for (const width of [320, 640, 1280]) {
    const page = await openPage(t, scrolling, sampleURL(), { viewport: { width, height: 800 } });
    await threads(page);
    await read(page, /Colour samples for the crane/);
    const frame = body(page).locator('html');
    const taken = await frame.evaluate((html) => innerWidth - html.clientWidth);
    assert.equal(taken, 0, `pixels of a scrollbar, ${width} wide`);
  }
});

test('attachments are saved by their names', async (t) => {
  const page = await open(t);
  await threads(page);
  await read(page, /pay slip/);
  const files = page.getByRole('region', { name: 'Attachments' });
  const save = files.getByRole('button', { name: /^Save / }).first();
  const name = (await save.getAttribute('aria-label'))?.replace(/^Save /, '');
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
  assert.equal(download.suggestedFilename(), name);
});

test('everything can be done by keyboard', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  await grid.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const active = await grid.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-rowindex'), '2');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'reader');
  // Keys pressed inside a message count as well.
  await body(page).locator('body').click();
  await page.keyboard.press('j');
  await page.waitForFunction(
    (before) =>
      document.getElementById('threads')?.getAttribute('aria-activedescendant') !== before,
    active,
  );
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.waitFor();
  await accessible(page, 'the palette');
  await page.keyboard.type('drafts');
  await page.keyboard.press('Enter');
  await page.getByRole('grid', { name: 'Drafts' }).waitFor();
  await page.keyboard.press('?');
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await shortcuts.waitFor();
  await accessible(page, 'the shortcuts');
  await page.keyboard.press('Escape');
  await shortcuts.waitFor({ state: 'detached' });
});

test('a narrow window shows one pane at a time', async (t) => {
  const page = await open(t, { viewport: { width: 360, height: 740 } });
  await threads(page);
  assert.equal(await page.getByRole('navigation').count(), 0);
  await row(page, /Coffee machine/)
    .first()
    .click();
  await page.getByRole('heading', { name: /Coffee machine/ }).waitFor();
  assert.equal(await page.getByRole('grid').count(), 0);
  await accessible(page, 'the narrow reader');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.equal(wide, 360);
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'Mailboxes' }).click();
  await page.getByRole('navigation', { name: 'Mailboxes' }).waitFor();
  await accessible(page, 'the narrow sidebar');
});

for (const colorScheme of ['dark', 'light']) {
  test(`contrast holds in the ${colorScheme} theme, and in German`, async (t) => {
    const page = await open(t, { colorScheme, locale: 'de-DE' });
    await threads(page);
    await page.getByRole('grid').getByRole('row').nth(3).click();
    await body(page).locator('body').waitFor();
    await accessible(page, `the ${colorScheme} theme`);
  });
}

test('what hovering a row shows leaves its date free', async (t) => {
  const page = await open(t);
  const grid = await threads(page);
  const id = await grid.getByRole('row').nth(2).getAttribute('id');
  const hovered = page.locator(`#${id}`);
  await hovered.hover();
  const archive = hovered.getByRole('button', { name: 'Archive' });
  await archive.waitFor();
  const buttons = await archive.boundingBox();
  const date = await hovered.locator('time').boundingBox();
  assert.ok(buttons && date && buttons.y >= date.y + date.height, 'the buttons are below the date');
});

for (const locale of ['en-GB', 'de-DE']) {
  test(`every section of the settings can be seen in a narrow window (${locale})`, async (t) => {
    const page = await open(t, { viewport: { width: 390, height: 800 }, locale });
    await threads(page);
    assert.equal(await page.getByRole('search').locator('kbd').count(), 0, 'no key to press here');
    await page.keyboard.press('Control+,');
    const sections = page.getByRole('dialog').getByRole('navigation');
    await sections.waitFor();
    for (const button of await sections.getByRole('button').all()) {
      const { x, width } = await button.boundingBox();
      assert.ok(x >= 0 && x + width <= 380, `${await button.innerText()} is cut`);
    }
    await accessible(page, 'the narrow settings');
  });
}
