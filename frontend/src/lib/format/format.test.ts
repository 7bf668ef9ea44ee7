import { beforeEach, describe, expect, test } from 'vitest';
import { setLocale } from '../i18n/index.svelte';
import { hueOf, initialsOf } from '../ui/avatar';
import { cardDate, dayName, fullDate, listDate } from './dates';
import { fullName, peopleLine, shortName } from './people';
import { fileSize } from './sizes';
import { shownSubject } from './subject';

beforeEach(() => setLocale('en', ['en-GB']));

const at = (text: string) => new Date(text).getTime();
const now = at('2026-11-22T14:32:00');

describe('a date in the list', () => {
  test.each([
    ['2026-11-22T09:05:00', '09:05', '09:05'],
    ['2026-11-21T23:59:00', 'Sat', 'Sa'],
    ['2026-11-16T00:00:00', 'Mon', 'Mo'],
    ['2026-11-15T12:00:00', '15 Nov', '15. Nov.'],
    ['2026-03-12T12:00:00', '12 Mar', '12. März'],
    ['2024-03-12T12:00:00', '12/03/2024', '12.03.2024'],
    // A clock that runs ahead, or a sender's.
    ['2026-11-24T08:00:00', '24 Nov', '24. Nov.'],
  ])('%s is %s in English and %s in German', (date, english, german) => {
    expect(listDate(at(date), now)).toBe(english);
    setLocale('de', []);
    expect(listDate(at(date), now)).toBe(german);
  });

  test('is empty for no date', () => {
    expect([listDate(0, now), cardDate(0, now), fullDate(0)]).toEqual(['', '', '']);
  });

  test('counts days, not hours, over a change of clocks', () => {
    const monday = at('2026-10-26T08:00:00');
    expect(listDate(at('2026-10-25T23:00:00'), monday)).toBe('Sun');
    expect(listDate(at('2026-10-24T01:00:00'), monday)).toBe('Sat');
  });
});

test.each([
  ['2026-11-22T09:05:00', '09:05'],
  ['2026-11-20T09:05:00', 'Fri 09:05'],
  ['2024-03-12T09:05:00', '12/03/2024 09:05'],
  ['1900-01-01T12:00:00', '01/01/1900 12:00'],
  ['9999-12-31T12:00:00', '31/12/9999 12:00'],
])('a card dated %s says %s', (date, want) => {
  expect(cardDate(at(date), now)).toBe(want);
});

test.each([
  ['2026-11-22T00:00:00', 'Today', 'Heute'],
  ['2026-11-21T23:59:00', 'Yesterday', 'Gestern'],
  ['2026-11-17T12:00:00', 'Tuesday', 'Dienstag'],
  ['2026-11-15T12:00:00', 'November 2026', 'November 2026'],
  ['2024-03-12T12:00:00', 'March 2024', 'März 2024'],
])('the day of %s is called %s and %s', (date, english, german) => {
  expect(dayName(at(date), now)).toBe(english);
  setLocale('de', []);
  expect(dayName(at(date), now)).toBe(german);
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [184_220, '184 kB'],
  [999_600, '1 MB'],
  [2_480_113, '2.5 MB'],
  [250_000_000, '250 MB'],
  [3_100_000_000, '3.1 GB'],
])('%d octets are %s', (octets, want) => {
  expect(fileSize(octets)).toBe(want);
});

describe('people', () => {
  const ada = { name: 'Ada King', email: 'ada@engine.example' };
  const bare = { name: '', email: 'scanner@office.example' };
  const reversed = { name: 'Hopper, Grace', email: 'grace@navy.example' };
  const own = new Set(['me@home.example']);
  const me = { name: 'Nora', email: 'Me@Home.example' };

  test('have full and short names', () => {
    expect([ada, bare, reversed].map(fullName)).toEqual([
      'Ada King',
      'scanner@office.example',
      'Hopper, Grace',
    ]);
    expect([ada, bare, reversed].map(shortName)).toEqual(['Ada', 'scanner', 'Grace']);
  });

  test.each([
    [[ada], 'Ada King'],
    [[ada, me], 'Ada, me'],
    [[me], 'me'],
    [[], ''],
  ])('%j in a line are %j', (people, want) => {
    expect(peopleLine(people, own, 'me')).toBe(want);
  });

  test.each([
    ['Ada King', '', 'AK'],
    ['Hopper, Grace', '', 'GH'],
    ['Ada Augusta King (Sales)', '', 'AK'],
    ['madonna', '', 'M'],
    ['', 'scanner@office.example', 'S'],
    ['', '', ''],
    ['佐藤 由紀', '', '佐'],
    ['"The Timber Letter"', '', 'TL'],
    ['Élodie Öst', '', 'ÉÖ'],
  ])('%j <%s> has the initials %j', (name, email, want) => {
    expect(initialsOf(name, email)).toBe(want);
  });

  test('keep their colour, whatever the case of the address', () => {
    expect(hueOf('Ada@Engine.example')).toBe(hueOf('ada@engine.example '));
    const hues = new Set(Array.from({ length: 100 }, (_, i) => hueOf(`p${i}@x.example`)));
    expect([...hues].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

test.each([
  ['  Sunday lunch ', 'Sunday lunch'],
  ['', 'No subject'],
  [' \t\n', 'No subject'],
  ['\u00a0\u2003', 'No subject'],
  ['\u200b\u200d\u2060\ufeff', 'No subject'],
  ['\u202e\u2066\u200f', 'No subject'],
  ['\u00ad\u034f\u3164\u115f\u2800', 'No subject'],
  ['\u0000\u001b\u0085', 'No subject'],
  ['\ufe0f\u{e0041}', 'No subject'],
  [`${'\u200b'.repeat(400)}Here`, 'Here'],
  ['👩‍🚀', '👩‍🚀'],
  ['.', '.'],
])('the subject %j is shown as %s', (subject, want) => {
  expect(shownSubject(subject)).toBe(want);
});

test('a subject is cut between characters', () => {
  expect(shownSubject('🦆🦆🦆', 3)).toBe('🦆');
});
