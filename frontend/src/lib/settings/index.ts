import { t, type Key } from '../i18n/index.svelte';
import { commands } from '../state/commands';
import type { SettingsSection } from '../state/screens.svelte';

/** The sections, in the order of the screen. */
export const sections: readonly SettingsSection[] = [
  'accounts',
  'appearance',
  'reading',
  'notifications',
  'general',
  'shortcuts',
];

export type SettingName =
  | 'accounts'
  | 'passwords'
  | 'theme'
  | 'density'
  | 'language'
  | 'remoteImages'
  | 'remoteImageSenders'
  | 'popups'
  | 'sound'
  | 'background'
  | 'dataFolder'
  | 'version'
  | 'shortcuts';

/** A setting, with the texts by which it is found. */
interface Entry {
  name: SettingName;
  section: SettingsSection;
  texts: readonly Key[];
}

const entries: readonly Entry[] = [
  {
    name: 'accounts',
    section: 'accounts',
    texts: [
      'common.connectEmail',
      'accounts.disconnect',
      'accounts.password',
      'accounts.name',
      'accounts.imap',
      'accounts.smtp',
      'settings.test',
      'accounts.certificate.show',
    ],
  },
  {
    name: 'passwords',
    section: 'accounts',
    texts: [
      'secrets.passwords',
      'secrets.title',
      'secrets.passphrase',
      'secrets.method.keyring',
      'secrets.method.keyFile',
    ],
  },
  {
    name: 'theme',
    section: 'appearance',
    texts: ['settings.theme', 'settings.theme.dark', 'settings.theme.light'],
  },
  {
    name: 'density',
    section: 'appearance',
    texts: ['settings.density', 'settings.density.compact', 'settings.density.comfortable'],
  },
  { name: 'language', section: 'appearance', texts: ['settings.language'] },
  {
    name: 'remoteImages',
    section: 'reading',
    texts: ['settings.remoteImages', 'settings.remoteImages.help'],
  },
  {
    name: 'remoteImageSenders',
    section: 'reading',
    texts: ['settings.senders', 'settings.senders.none'],
  },
  {
    name: 'popups',
    section: 'notifications',
    texts: ['accounts.notify', 'accounts.notifyHere'],
  },
  { name: 'sound', section: 'notifications', texts: ['settings.sound', 'settings.sound.help'] },
  {
    name: 'background',
    section: 'general',
    texts: ['settings.background', 'settings.background.help'],
  },
  { name: 'dataFolder', section: 'general', texts: ['settings.dataFolder'] },
  { name: 'version', section: 'general', texts: ['settings.version'] },
  {
    name: 'shortcuts',
    section: 'shortcuts',
    texts: ['settings.section.shortcuts', ...commands.map((command) => command.title)],
  },
];

/** Lower case without accents. */
function fold(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

/** The settings whose texts, or whose section, hold every word that was typed. */
export function findSettings(query: string): ReadonlySet<SettingName> {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const found = entries.filter(({ section, texts }) => {
    const hay = fold([t(`settings.section.${section}`), ...texts.map((key) => t(key))].join('\n'));
    return words.every((word) => hay.includes(word));
  });
  return new Set(found.map((entry) => entry.name));
}

/** The sections with a setting among those found. */
export function sectionsOf(found: ReadonlySet<SettingName>): SettingsSection[] {
  return sections.filter((s) => entries.some((e) => e.section === s && found.has(e.name)));
}
