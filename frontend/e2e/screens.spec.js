/**
 * A walk through the screens with sample mail: each is free of findings of axe and
 * of a scrollbar at the page's own foot, in both themes, wide and narrow, English
 * and German. The pictures are left among the artifacts, to be looked at.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import {
  accessible,
  body,
  launch,
  lifetime,
  openPage,
  sampleURL,
  screenshot,
  threads,
} from './support.js';

const file = lifetime('screens');
let browser;
before(async () => {
  browser = await launch(file);
});

/** The texts of one part of a catalogue. */
async function words(locale, part) {
  const url = new URL(`../src/lib/i18n/${locale}/${part}.json`, import.meta.url);
  return JSON.parse(await readFile(url, 'utf8'));
}

const walks = [
  { colorScheme: 'light', locale: 'en-GB', width: 1280 },
  { colorScheme: 'dark', locale: 'de-DE', width: 1280 },
  { colorScheme: 'dark', locale: 'en-GB', width: 390 },
  { colorScheme: 'light', locale: 'de-DE', width: 390 },
];

for (const { colorScheme, locale, width } of walks) {
  const walk = `${colorScheme} ${locale} ${width}`;
  const options = {
    colorScheme,
    locale,
    reducedMotion: 'reduce',
    viewport: { width, height: 800 },
  };

  /** Opens the application and returns how to look at what it shows. */
  const begin = async (t) => {
    const page = await openPage(t, browser, sampleURL(), options);
    await threads(page);
    const look = async (what) => {
      await screenshot(page, `${what} ${walk}`);
      await accessible(page, `${what}, ${walk}`);
      const { scrollWidth, scrollHeight } = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement;
        return { scrollWidth, scrollHeight };
      });
      assert.ok(
        scrollWidth <= width && scrollHeight <= 800,
        `${what} fits into the window: ${scrollWidth} × ${scrollHeight}`,
      );
    };
    return { page, look };
  };

  test(`mail: ${walk}`, async (t) => {
    const { page, look } = await begin(t);
    const mail = await words(locale.slice(0, 2), 'mail');
    await look('list');
    await page.getByRole('row').nth(2).click({ button: 'right' });
    await page.getByRole('menu').waitFor();
    await look('menu of a row');
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.getByRole('row').nth(2).click();
    await body(page).locator('body').waitFor();
    await look('reader');
    await page.locator('#reader [aria-haspopup=menu]').last().click();
    await page.getByRole('menu').waitFor();
    await look('menu of a message');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').waitFor();
    await look('palette');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await look('shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.keyboard.press('/');
    await page.keyboard.type('nobodywroteofthis');
    await page.getByText(mail['empty.search']).waitFor();
    await look('empty search');
  });

  test(`settings: ${walk}`, async (t) => {
    const { page, look } = await begin(t);
    const settings = await words(locale.slice(0, 2), 'settings');
    await page.keyboard.press('Control+,');
    const dialog = page.getByRole('dialog');
    for (const section of [
      'accounts',
      'appearance',
      'reading',
      'notifications',
      'general',
      'shortcuts',
    ]) {
      await dialog
        .getByRole('navigation')
        .getByRole('button', { name: settings[`section.${section}`] })
        .click();
      await look(`settings ${section}`);
    }
  });

  test(`connecting: ${walk}`, async (t) => {
    const { page, look } = await begin(t);
    const common = await words(locale.slice(0, 2), 'common');
    await page.keyboard.press('Control+,');
    await page.getByRole('button', { name: common.connectEmail }).first().click();
    await page.getByRole('textbox').first().waitFor();
    await look('connect');
  });
}
