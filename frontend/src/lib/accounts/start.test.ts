import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import type { Problem, SystemInfo } from '../api';
import { setLocale } from '../i18n/index.svelte';
import StartProblem from './StartProblem.svelte';

afterEach(() => {
  cleanup();
  setLocale('', ['en']);
});

const info = { dataDir: '/mail', version: '1.0' } as SystemInfo;

function start(code: string, args: Record<string, string>, locale = 'en'): string {
  setLocale(locale, []);
  const problem: Problem = { code, args, server: '' };
  render(StartProblem, { info, problem });
  return screen.getByRole('main').textContent ?? '';
}

test.each([
  ['notAllowed', /isn’t allowed to write/, /darf .* nicht schreiben/],
  ['readOnlyDisk', /can only be read/, /nur gelesen werden/],
  ['inTheWay', /something else/i, /etwas anderes/],
  ['disk', /can’t write/, /nicht schreiben/],
])(
  'a folder that cannot be written (%s) is told with path, reason and advice',
  (reason, en, de) => {
    const args = { path: '/mail/lock', reason };
    const english = start('cannotWrite', args);
    expect(english).toMatch(en);
    expect(english).toContain('/mail/lock');
    expect(english).toContain('start Waxwing again');
    expect(english).not.toContain('typed');
    expect(english).not.toContain('Choose another folder.');
    cleanup();
    expect(start('cannotWrite', args, 'de')).toMatch(de);
  },
);

test('a damaged database of accounts and settings is named, with advice that fits', () => {
  const text = start('damaged', { path: '/mail/waxwing.db', reason: 'application' });
  expect(text).toContain('/mail/waxwing.db');
  expect(text).toMatch(/backup/);
  expect(text).not.toMatch(/disconnect/i);
});

test('where nothing is known of a file, the folder is named', () => {
  expect(start('newerDatabase', {})).toContain('/mail');
});
