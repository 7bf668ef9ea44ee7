import type { Account } from '../api';
import { t } from '../i18n/index.svelte';
import type { App } from '../state/app.svelte';
import { isJoint } from '../state/mailboxes.svelte';

/** What needs the person, in a line, for where the foot of the sidebar is out of sight; empty for nothing. */
export function troubleIn(app: App): string {
  const refused = app.operations.refused.length;
  if (refused > 0) return t('mail.status.refused', { count: refused });
  const phases = app.accounts.all.map((a) => a.status.phase);
  if (phases.includes('needsSignIn')) return t('mail.status.needsSignIn');
  return phases.includes('failed') ? t('mail.status.failed') : '';
}

/** The accounts whose mail is listed: one, or all where they stand together. */
export function accountsInView({ accounts, list, mailboxes }: App): Account[] {
  if (list.query !== '' || isJoint(list.view)) return [...accounts.all];
  return accounts.all.filter(({ id }) => mailboxes.of(id).some((m) => m.id === list.view));
}
