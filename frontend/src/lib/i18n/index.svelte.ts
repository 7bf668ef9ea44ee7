import type { Problem } from '../api/types';
import { languages, lookUp, type Key, type Language } from './catalogues';

export type { Key, Language } from './catalogues';

export type Args = Record<string, string | number>;

/** The language and region that texts, dates and numbers are written in. */
let locale = $state('en');

/** The best of ours for what the person or the system asked for. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((l) => tag.toLowerCase().split(/[-_]/)[0] === l);
    if (found) return found;
  }
  return 'en';
}

/**
 * Sets the locale from the person's choice (empty: none) and the system's
 * locales, best first. A region of the system is kept when its language is ours
 * ("de-AT", "en-GB"), since dates differ.
 */
export function setLocale(choice: string, system: readonly string[]): void {
  const language = chooseLanguage(choice === '' ? system : [choice]);
  const regional = system
    .map((tag) => tag.replace('_', '-'))
    .find((tag) => chooseLanguage([tag]) === language && tag.toLowerCase().startsWith(language));
  locale = regional && isLocale(regional) ? regional : language;
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

export function getLocale(): string {
  return locale;
}

export function getLanguage(): Language {
  return chooseLanguage([locale]);
}

/** The text under key in the chosen language, with its placeholders filled. */
export function t(key: Key, args: Args = {}): string {
  return format(key, args) ?? key;
}

/**
 * What went wrong, in a sentence; and what to do, empty when there is nothing.
 * A reason among the arguments may have words of its own.
 */
export function explain(problem: Problem): { sentence: string; advice: string } {
  const { code, args } = problem;
  const special = `error.${code}.${args['reason'] ?? ''}`;
  const key = lookUp(getLanguage(), special) === undefined ? `error.${code}` : special;
  const sentence = format(key, args) ?? t('error.internal');
  return { sentence, advice: format(`${key}.advice`, args) ?? '' };
}

function format(key: string, args: Args): string | undefined {
  const sentence = lookUp(getLanguage(), key);
  if (sentence === undefined) return undefined;
  const text =
    typeof sentence === 'string'
      ? sentence
      : (sentence[new Intl.PluralRules(locale).select(Number(args['count'] ?? 0))] ??
        sentence.other ??
        '');
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = args[name];
    if (value === undefined) return placeholder;
    return typeof value === 'number' ? new Intl.NumberFormat(locale).format(value) : value;
  });
}
