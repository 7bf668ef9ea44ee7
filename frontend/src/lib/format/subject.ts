import { t } from '../i18n/index.svelte';

/** What leaves no mark: blanks, controls, marks of direction, fillers, the empty Braille cell. */
const invisible = /^[\s\u2800\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+/u;

/** A subject as it is shown, at most so many UTF-16 units of it; words where nothing is to be seen. */
export function shownSubject(subject: string, most = Infinity): string {
  const seen = subject.replace(invisible, '').trimEnd();
  const end = Number.isFinite(most) && isHighSurrogate(seen, most - 1) ? most - 1 : most;
  return seen.slice(0, end) || t('mail.noSubject');
}

/** Whether a cut behind that place would part a character. */
function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit < 0xdc00;
}
