import type { TestReport } from '../api';
import { groupsOf } from './steps';
import type { ServerKind } from './server';

/** What to do at a provider so that a mail program gets in. */
export interface Guide {
  /** The steps' texts are "accounts.guide.<kind>.1" to ".3". */
  kind:
    | 'google'
    | 'yahoo'
    | 'apple'
    | 'access'
    | 'other'
    | 'imapGoogle'
    | 'imapMicrosoft'
    | 'imapZoho'
    | 'imapOther'
    | 'smtpMicrosoft';
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

const zoho = (site: string): Guide => ({
  kind: 'imapZoho',
  provider: 'Zoho',
  link: `https://mail.${site}/`,
});

/** How IMAP is switched on, where it is off. */
const switches: Record<string, Guide> = {
  'imap.gmail.com': {
    kind: 'imapGoogle',
    provider: 'Gmail',
    link: 'https://mail.google.com/mail/#settings/fwdandpop',
  },
  'outlook.office365.com': {
    kind: 'imapMicrosoft',
    provider: 'Microsoft',
    link: 'https://outlook.live.com/mail/options/mail/forwarding',
  },
  'imap.zoho.com': zoho('zoho.com'),
  'imappro.zoho.com': zoho('zoho.com'),
  'imap.zoho.eu': zoho('zoho.eu'),
  'imappro.zoho.eu': zoho('zoho.eu'),
};

/** Where an app password is made at providers that want one from some people only. */
const appPasswords: Record<string, Guide> = Object.fromEntries(
  ['com', 'eu'].flatMap((end) =>
    ['imap', 'imappro', 'smtp', 'smtppro'].map((name) => [
      `${name}.zoho.${end}`,
      {
        kind: 'other',
        provider: 'Zoho',
        link: `https://accounts.zoho.${end}/home#security/app_password`,
      },
    ]),
  ),
);

const tenant: Guide = {
  kind: 'smtpMicrosoft',
  provider: 'Microsoft 365',
  link: 'https://admin.microsoft.com/',
};

/** What to know before signing in at an incoming server; undefined for most. */
export function guideFor(host: string): Guide | Closed | undefined {
  return guides[host];
}

/** For a provider that asked for an app password and isn't in the table. */
export function unknownGuide(host: string): Guide {
  return { kind: 'other', provider: host, link: '' };
}

/** The steps that lead out of a failure of one server. */
export interface WayOut {
  server: ServerKind;
  guide: Guide;
}

/** The steps that lead out of a failed test, if they are known; the first failure's only. */
export function wayOut(report: TestReport, hosts: Record<ServerKind, string>): WayOut | undefined {
  for (const { kind, failure } of groupsOf(report)) {
    const guide = failure?.problem && stepsFor(failure.problem.code, hosts[kind], hosts.imap);
    if (guide) return { server: kind, guide };
  }
  return undefined;
}

/** The incoming server stands for its provider: the guides are listed by it. */
function stepsFor(code: string, host: string, imap: string): Guide | undefined {
  const known = guideFor(host) ?? guideFor(imap);
  switch (code) {
    case 'appPassword':
    case 'twoStep':
      if (known?.kind === 'closed') return undefined;
      return known ?? appPasswords[host] ?? unknownGuide(host);
    case 'imapOff':
      if (known?.kind === 'access') return known;
      return (
        switches[host] ?? {
          kind: 'imapOther',
          provider: known?.provider ?? host,
          link: known && known.kind !== 'closed' ? known.link : '',
        }
      );
    case 'smtpAuthOff':
      return known?.kind === 'closed' ? tenant : undefined;
    default:
      return undefined;
  }
}
