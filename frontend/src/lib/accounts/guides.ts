/** How a provider wants mail programs to sign in, where a plain password won't do. */
export interface Guide {
  /** The steps' texts are "accounts.guide.<kind>.1" to ".3". */
  kind: 'google' | 'yahoo' | 'apple' | 'access' | 'other';
  provider: string;
  /** Where it is done; empty when that differs from person to person. */
  link: string;
}

/** A provider that accepts no passwords at all. */
export interface Closed {
  kind: 'closed';
  provider: string;
}

const guides: Record<string, Guide | Closed> = {
  'imap.gmail.com': {
    kind: 'google',
    provider: 'Google',
    link: 'https://myaccount.google.com/apppasswords',
  },
  'imap.mail.yahoo.com': {
    kind: 'yahoo',
    provider: 'Yahoo',
    link: 'https://login.yahoo.com/account/security',
  },
  'imap.aol.com': {
    kind: 'yahoo',
    provider: 'AOL',
    link: 'https://login.aol.com/account/security',
  },
  'imap.mail.att.net': { kind: 'other', provider: 'AT&T', link: '' },
  'imap.mail.me.com': {
    kind: 'apple',
    provider: 'iCloud',
    link: 'https://account.apple.com/account/manage',
  },
  'imap.fastmail.com': {
    kind: 'other',
    provider: 'Fastmail',
    link: 'https://app.fastmail.com/settings/security',
  },
  'secureimap.t-online.de': { kind: 'other', provider: 'Telekom', link: '' },
  'imap.yandex.com': {
    kind: 'other',
    provider: 'Yandex',
    link: 'https://id.yandex.com/security/app-passwords',
  },
  'imap.yandex.ru': {
    kind: 'other',
    provider: 'Yandex',
    link: 'https://id.yandex.ru/security/app-passwords',
  },
  'imap.mail.ru': {
    kind: 'other',
    provider: 'Mail.ru',
    link: 'https://account.mail.ru/user/2-step-auth/passwords',
  },
  'imap.ukr.net': { kind: 'other', provider: 'Ukr.net', link: '' },
  'imap.qq.com': { kind: 'other', provider: 'QQ Mail', link: '' },
  'imap.163.com': { kind: 'other', provider: '163 Mail', link: '' },
  'imap.126.com': { kind: 'other', provider: '126 Mail', link: '' },
  'imap.yeah.net': { kind: 'other', provider: 'Yeah.net', link: '' },
  'imap.gmx.net': { kind: 'access', provider: 'GMX', link: 'https://www.gmx.net/' },
  'imap.gmx.com': { kind: 'access', provider: 'GMX', link: 'https://www.gmx.com/' },
  'imap.web.de': { kind: 'access', provider: 'WEB.DE', link: 'https://web.de/' },
  'outlook.office365.com': { kind: 'closed', provider: 'Microsoft' },
};

/** What to know before signing in at an incoming server; undefined for most. */
export function guideFor(host: string): Guide | Closed | undefined {
  return guides[host];
}

/** For a provider that asked for an app password and isn't in the table. */
export function unknownGuide(host: string): Guide {
  return { kind: 'other', provider: host, link: '' };
}
