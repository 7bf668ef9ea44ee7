import type { Account } from '../api';
import { cardDate } from '../format/dates';
import { explain, t } from '../i18n/index.svelte';

/** How an account is, in a line: what it does, what is wrong, when it last was up to date. */
export function accountState({ status }: Account, now: number): string {
  const { phase, problem, pending, lastSync } = status;
  const date = cardDate(lastSync, now);
  switch (phase) {
    case 'upToDate':
      if (problem?.args.mailbox) {
        return t('mail.status.upToDateBut', { mailbox: problem.args.mailbox });
      }
      return date ? t('mail.status.upToDateAt', { time: date }) : t('mail.status.upToDate');
    case 'connecting':
      return t('mail.status.connecting');
    case 'syncing':
      return t('mail.status.syncing');
    case 'needsSignIn':
      return problem ? explain(problem).sentence : t('mail.status.needsSignIn');
    case 'failed':
      return problem ? explain(problem).sentence : t('mail.status.failed');
    case 'offline':
      return [
        pending > 0
          ? t('mail.status.offlinePending', { count: pending })
          : t('mail.status.offline'),
        date && t('settings.lastSync', { date }),
      ]
        .filter(Boolean)
        .join(' · ');
  }
}
