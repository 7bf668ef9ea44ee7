import { t, type Key } from '../i18n/index.svelte';

/** A key press, from the window or from the frame of a message. */
export interface KeyPress {
  key: string;
  ctrl: boolean;
  meta: boolean;
  shift: boolean;
  alt: boolean;
}

const isMac = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);

/**
 * A key press as shortcuts are written: "j", "shift+j", "mod+k" (Ctrl, on a
 * Mac Cmd), "#". Shift is left out where it only chooses the character.
 */
export function chordOf(press: KeyPress): string {
  const mod = isMac ? press.meta : press.ctrl;
  const named = press.key.length > 1 || /\p{L}/u.test(press.key);
  const key = press.key === ' ' ? 'space' : press.key.toLowerCase();
  return [mod && 'mod', press.alt && 'alt', press.shift && named && 'shift', key]
    .filter(Boolean)
    .join('+');
}

/** What keyboards call a key in words. */
const worded: Partial<Record<string, Key>> = isMac
  ? {}
  : { mod: 'common.key.ctrl', shift: 'common.key.shift', delete: 'common.key.delete' };

const shown: Record<string, string> = {
  mod: '⌘',
  shift: '⇧',
  alt: isMac ? '⌥' : 'Alt',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  enter: '↵',
  escape: 'Esc',
  delete: '⌦',
  backspace: isMac ? '⌫' : 'Backspace',
};

function nameOf(part: string): string {
  const word = worded[part];
  return word ? t(word) : (shown[part] ?? part.toUpperCase());
}

/** A shortcut for the screen: "Ctrl K", "G I". */
export function showKeys(keys: string): string {
  return keys
    .split(' ')
    .map((chord) =>
      chord
        .split('+')
        .map((part) => nameOf(part))
        .join(isMac ? '' : ' '),
    )
    .join(' ');
}

/** How long after "g" the second key counts, in milliseconds. */
const sequenceTime = 1200;

/** Turns key presses into shortcuts, of which some have two strokes ("g i"). */
export class KeySequence {
  #first = '';
  #at = 0;

  /** The shortcut that the press completes, or undefined when it begins one or is none. */
  press(chord: string, now: number, known: ReadonlySet<string>): string | undefined {
    const pair = `${this.#first} ${chord}`;
    const inTime = this.#first !== '' && now - this.#at < sequenceTime;
    this.#first = '';
    if (inTime && known.has(pair)) return pair;
    if (known.has(chord)) return chord;
    if ([...known].some((keys) => keys.startsWith(`${chord} `))) {
      this.#first = chord;
      this.#at = now;
    }
    return undefined;
  }
}
