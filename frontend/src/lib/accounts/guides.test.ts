import { describe, expect, test } from 'vitest';
import type { TestReport } from '../api';
import { wayOut } from './guides';

function failed(name: string, code: string): TestReport {
  const problem = { code, args: {}, server: '' };
  return { ok: false, steps: [{ name, state: 'failed', detail: '', problem, certificate: null }] };
}

describe('the way out of a failed test', () => {
  test.each([
    ['imap.signIn', 'imapOff', 'imap.gmail.com', 'imapGoogle'],
    ['imap.signIn', 'imapOff', 'outlook.office365.com', 'imapMicrosoft'],
    ['imap.signIn', 'imapOff', 'imap.zoho.eu', 'imapZoho'],
    ['imap.signIn', 'imapOff', 'imap.gmx.net', 'access'],
    ['imap.signIn', 'imapOff', 'imap.mail.yahoo.com', 'imapOther'],
    ['imap.signIn', 'imapOff', 'imap.fernhill.example', 'imapOther'],
    ['imap.signIn', 'appPassword', 'imap.gmail.com', 'google'],
    ['smtp.signIn', 'appPassword', 'imap.gmail.com', 'google'],
    ['imap.signIn', 'twoStep', 'imap.mail.yahoo.com', 'yahoo'],
    ['imap.signIn', 'twoStep', 'imap.zoho.com', 'other'],
    ['imap.signIn', 'twoStep', 'imap.fernhill.example', 'other'],
    ['smtp.signIn', 'smtpAuthOff', 'outlook.office365.com', 'smtpMicrosoft'],
  ])('of %s, %s at %s is %s', (step, code, imap, kind) => {
    const way = wayOut(failed(step, code), { imap, smtp: 'smtp.any.example' });
    expect(way?.guide.kind).toBe(kind);
    expect(step.startsWith(way?.server ?? 'none')).toBe(true);
  });

  test.each([
    ['twoStep', 'outlook.office365.com'],
    ['smtpAuthOff', 'imap.fernhill.example'],
    ['refused', 'imap.gmail.com'],
  ])('of %s at %s is not known', (code, imap) => {
    expect(wayOut(failed('imap.signIn', code), { imap, smtp: '' })).toBeUndefined();
  });

  test('leads to the page where app passwords are made, when the server tells who it is', () => {
    const way = wayOut(failed('imap.signIn', 'twoStep'), { imap: 'imap.zoho.eu', smtp: '' });
    expect(way?.guide.link).toBe('https://accounts.zoho.eu/home#security/app_password');
  });
});
