import { t } from '../i18n/index.svelte';
import type { App } from '../state/app.svelte';

/** What needs the person, in a line, for where the foot of the sidebar is out of sight; empty for nothing. */
export function troubleIn(app: App): string {
  const refused = app.operations.refused.length;
  if (refused > 0) return t('mail.status.refused', { count: refused });
  if (app.accounts.all.some((a) => a.status.phase === 'needsSignIn')) {
    return t('mail.status.needsSignIn');
  }
  return '';
}
