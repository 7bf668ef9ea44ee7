import type { Id } from '../api';
import { t } from '../i18n/index.svelte';
import type { App } from '../state/app.svelte';

/** Saves a message as it came: through a file dialog, or in a plain browser as its download. */
export async function saveOriginal(app: App, message: Id): Promise<void> {
  if (app.info?.native !== true) {
    const link = document.createElement('a');
    link.href = `/mail/original?id=${encodeURIComponent(message)}`;
    link.download = '';
    return link.click();
  }
  const path = await app.attempt(() => app.api.mail.saveOriginal(message));
  if (path) app.snackbar.show({ kind: 'done', text: t('mail.savedTo', { path }) });
}
