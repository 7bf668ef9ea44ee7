import { shownSubject } from '../format/subject';
import { t, type Key } from '../i18n/index.svelte';
import type { DraftKind } from '../api';
import type { Composer } from './composer.svelte';

/** More than fits on a line, in UTF-16 units. */
const longest = 200;

const kinds: Record<DraftKind, Key> = {
  new: 'compose.new',
  reply: 'compose.reply',
  replyAll: 'compose.replyAll',
  forward: 'compose.forward',
  forwardAttached: 'compose.forward',
  editAsNew: 'compose.new',
};

/** What kind of message is being written. */
export function kindOf({ draft }: Composer): string {
  return t(kinds[draft.kind]);
}

/** What a message that is being written is called: its subject once it has one. */
export function titleOf({ subject }: Composer): string {
  return subject.trim() === '' ? t('compose.new') : shownSubject(subject, longest);
}
