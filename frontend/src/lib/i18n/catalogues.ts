import deAccounts from './de/accounts.json';
import deCommon from './de/common.json';
import deCompose from './de/compose.json';
import deError from './de/error.json';
import deMail from './de/mail.json';
import deSecrets from './de/secrets.json';
import dePolicy from './de/policy.json';
import deSettings from './de/settings.json';
import enAccounts from './en/accounts.json';
import enCommon from './en/common.json';
import enCompose from './en/compose.json';
import enError from './en/error.json';
import enMail from './en/mail.json';
import enSecrets from './en/secrets.json';
import enPolicy from './en/policy.json';
import enSettings from './en/settings.json';

/**
 * The message catalogues, a file for each area. A key is "area.name". A value
 * is a sentence with {placeholders}, or one sentence for each plural category
 * of the argument `count`.
 */
const en = {
  common: enCommon,
  mail: enMail,
  compose: enCompose,
  accounts: enAccounts,
  policy: enPolicy,
  settings: enSettings,
  secrets: enSecrets,
  error: enError,
};

type Catalogue = typeof en;
export type Area = keyof Catalogue;
export type Key = { [A in Area]: `${A}.${keyof Catalogue[A] & string}` }[Area];
export type Language = 'en' | 'de';
export type Sentence = string | Partial<Record<Intl.LDMLPluralRule, string>>;

export const catalogues: Record<Language, Record<Area, Record<string, Sentence>>> = {
  en,
  de: {
    common: deCommon,
    mail: deMail,
    compose: deCompose,
    accounts: deAccounts,
    policy: dePolicy,
    settings: deSettings,
    secrets: deSecrets,
    error: deError,
  },
};

export const languages: readonly Language[] = ['en', 'de'];

/** The sentence under key, or undefined when the catalogue has none. */
export function lookUp(language: Language, key: string): Sentence | undefined {
  const dot = key.indexOf('.');
  const area = catalogues[language][key.slice(0, dot) as Area] as
    Record<string, Sentence> | undefined;
  return area?.[key.slice(dot + 1)];
}
