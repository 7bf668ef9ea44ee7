import { expect, test } from 'vitest';
import { setLocale } from '../i18n/index.svelte';
import { commands, knownKeys } from './commands';
import { KeySequence, chordOf, showKeys } from './keys';

const press = (
  key: string,
  held: Partial<Record<'ctrl' | 'meta' | 'shift' | 'alt', boolean>> = {},
) => ({
  key,
  ctrl: false,
  meta: false,
  shift: false,
  alt: false,
  ...held,
});

test.each([
  [press('j'), 'j'],
  [press('J', { shift: true }), 'shift+j'],
  [press('#', { shift: true }), '#'],
  [press('?', { shift: true }), '?'],
  [press('k', { ctrl: true }), 'mod+k'],
  [press('ArrowDown', { shift: true }), 'shift+arrowdown'],
  [press(' '), 'space'],
])('%j is %s', (key, want) => {
  expect(chordOf(key)).toBe(want);
});

test('two strokes make a shortcut when they follow each other quickly', () => {
  const known = new Set(['g i', 'e', 'i']);
  const keys = new KeySequence();
  expect(keys.press('g', 0, known)).toBeUndefined();
  expect(keys.press('i', 300, known)).toBe('g i');
  expect(keys.press('i', 400, known)).toBe('i');
  keys.press('g', 1000, known);
  expect(keys.press('i', 9000, known)).toBe('i');
  keys.press('g', 10_000, known);
  expect(keys.press('e', 10_100, known)).toBe('e');
});

test('no two commands share a shortcut, and none hides a longer one', () => {
  const all = commands.flatMap((command) => command.keys);
  expect(new Set(all).size).toBe(all.length);
  for (const keys of all) {
    const [first, second] = keys.split(' ');
    if (second) expect(knownKeys.has(first ?? '')).toBe(false);
  }
});

test('keys are named as on the keyboard of the language', () => {
  const all = () => ['mod+k', 'shift+j', 'delete', 'g i'].map(showKeys);
  setLocale('en', []);
  expect(all()).toEqual(['Ctrl K', 'Shift J', 'Del', 'G I']);
  setLocale('de', []);
  expect(all()).toEqual(['Strg K', 'Umschalt J', 'Entf', 'G I']);
  setLocale('en', []);
});
