import { beforeEach, expect, test } from 'vitest';
import { chooseLanguage, explain, getLocale, setLocale, t } from './index.svelte';

beforeEach(() => setLocale('en', ['en-GB']));

test.each([
  ['', ['de-AT', 'en-US'], 'de-AT'],
  ['en', ['de-AT', 'en-GB'], 'en-GB'],
  ['de', ['en-US'], 'de'],
  ['', ['fr-FR', 'nl'], 'en'],
  ['', ['de_DE'], 'de-DE'],
  ['', [], 'en'],
])('the choice %j on a system with %j gives %s', (choice, system, want) => {
  setLocale(choice, system);
  expect(getLocale()).toBe(want);
});

test('the first language of ours that the system asks for is chosen', () => {
  expect(chooseLanguage(['fr', 'DE-ch', 'en'])).toBe('de');
});

test('plurals and numbers follow the language', () => {
  expect(t('mail.conversations', { count: 1 })).toBe('1 conversation');
  expect(t('mail.conversations', { count: 12340 })).toBe('12,340 conversations');
  setLocale('de', []);
  expect(t('mail.conversations', { count: 12340 })).toBe('12.340 Unterhaltungen');
});

test('a problem is a sentence with advice; an unknown code is still a sentence', () => {
  const refused = { code: 'refused', args: { host: 'mail.example', port: '993' }, server: '' };
  expect(explain(refused).sentence).toBe('No mail server answers at mail.example, port 993.');
  expect(explain(refused).advice).not.toBe('');
  expect(explain({ code: 'new', args: {}, server: '' }).sentence).toBe(t('error.internal'));
});
