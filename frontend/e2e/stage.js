/**
 * What scenes play on: the application with the fake Go side (frontend/dev), its
 * looks, and what is asked of a screen.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'vite';
import { accessible, openPage } from './support.js';

const at = (path) => new URL(path, import.meta.url);

/** Serves the application with the fake Go side; returns its address. */
export async function fakeApplication(t) {
  const server = await createServer({
    root: at('..').pathname,
    mode: 'fake',
    logLevel: 'error',
    server: { port: 0, watch: null },
  });
  t.after(() => server.close());
  await server.listen();
  return server.resolvedUrls.local[0];
}

/** Returns what finds a text of the catalogues: `word('mail.archive')`. */
async function words(language) {
  const catalogues = {};
  return async (key, args = {}) => {
    const part = key.slice(0, key.indexOf('.'));
    catalogues[part] ??= JSON.parse(
      await readFile(at(`../src/lib/i18n/${language}/${part}.json`), 'utf8'),
    );
    const text = catalogues[part][key.slice(part.length + 1)];
    if (typeof text !== 'string') throw new Error(`${key} is no plain text in ${language}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => args[name]);
  };
}

/** Answers calls of the Go side with what is given, from now on. */
export function answer(page, answers) {
  return page.evaluate((all) => {
    for (const [name, value] of Object.entries(all)) {
      const [service, method] = name.split('.');
      window.go.app[service] ??= {};
      window.go.app[service][method] = () => Promise.resolve(value);
    }
  }, answers);
}

/** Never answers a call of the Go side, from now on. */
export function hang(page, name) {
  return page.evaluate((name) => {
    const [service, method] = name.split('.');
    window.go.app[service] ??= {};
    window.go.app[service][method] = () => new Promise(() => undefined);
  }, name);
}

/** Runs act in the page, where `window.fake` is the fake Go side. */
export const fake = (page, act) => page.evaluate(act);

/** Opens a scene in a page of its own; it is closed when t ends. */
export async function openScene(t, browser, url, scene, { language, theme, width, height = 800 }) {
  const query = new URLSearchParams({ older: 40, locale: language, ...scene.query });
  const page = await openPage(t, browser, `${url}?${query}`, {
    colorScheme: theme,
    reducedMotion: 'reduce',
    locale: { en: 'en-GB', de: 'de-DE' }[language],
    timezoneId: 'Europe/Berlin',
    viewport: { width, height },
  });
  if (scene.rows !== false) await page.getByRole('row').first().waitFor();
  else await page.getByRole('main').waitFor();
  await scene.go?.({ page, word: await words(language), narrow: width < 700 });
  return page;
}

/** Fails with findings of axe, and with what is cut off at the edges of the window. */
export async function inspect(page, name) {
  await accessible(page, name);
  const outside = await page.evaluate(() => {
    const shown = [document.documentElement, ...document.querySelectorAll('.dialog, .menu')];
    return shown
      .filter((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        const beyond = left < 0 || right > innerWidth || top < 0 || bottom > innerHeight;
        return beyond || element.scrollWidth > element.clientWidth;
      })
      .map((element) => element.className || element.localName);
  });
  assert.deepEqual(outside, [], `cut off in ${name}`);
}

/** Every way a screen can look. */
export const looks = ['en', 'de'].flatMap((language) =>
  ['light', 'dark'].flatMap((theme) => [1280, 390].map((width) => ({ language, theme, width }))),
);
