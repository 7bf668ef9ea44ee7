import type { Mailbox, ThreadRow } from '../api';
import { shownSubject } from '../format/subject';
import { t } from '../i18n/index.svelte';
import type { App } from '../state/app.svelte';
import { moveTargets } from './menus';

/** Begins to drag threads, with a label at the pointer that says how many. */
export function beginDrag(app: App, rows: ThreadRow[], event: DragEvent): void {
  const targets = moveTargets(app, rows);
  if (!event.dataTransfer || targets.length === 0) {
    event.preventDefault();
    return;
  }
  app.drag.begin(rows, new Map(targets.map(({ mailbox, name }) => [mailbox.id, name])));
  event.dataTransfer.effectAllowed = 'move';
  // Elsewhere, in a text field say, there is nothing to drop.
  event.dataTransfer.setData('application/x-waxwing-threads', '');
  const [only] = rows;
  const text =
    rows.length === 1 && only
      ? shownSubject(only.subject)
      : t('mail.conversations', { count: rows.length });
  showAtPointer(event.dataTransfer, text);
}

/** The browser takes its picture of the label when the event is over; then the label goes. */
function showAtPointer(transfer: DataTransfer, text: string): void {
  const label = document.createElement('div');
  label.className = 'drag-label truncate';
  label.textContent = text;
  document.body.append(label);
  transfer.setDragImage(label, -12, -4);
  setTimeout(() => label.remove());
}

/** Moves what is dragged to the mailbox, if that one takes it. */
export function dropOn(app: App, mailbox: Mailbox): void {
  const { rows } = app.drag;
  const name = app.drag.target(mailbox.id);
  app.drag.end();
  if (name !== undefined) void app.actions.move(rows, mailbox, name);
}
