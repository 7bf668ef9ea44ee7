import { readFrameMessage } from '../mail/frame';
import type { App } from './app.svelte';
import { knownKeys, runKeys } from './commands';
import { KeySequence, chordOf, type KeyPress } from './keys';

/** Leads key presses, of the window and of message frames, to commands. */
export class Keyboard {
  #sequence = new KeySequence();

  constructor(private readonly app: App) {}

  onKeyDown(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const press = {
      key: event.key,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
      shift: event.shiftKey,
      alt: event.altKey,
    };
    if (isTyping(event.target) && (isFieldKey(press) || (!press.ctrl && !press.meta))) return;
    // A focused button is pressed by these, not the list behind it.
    if (event.target instanceof HTMLButtonElement && /^( |Enter)$/.test(event.key)) return;
    if (this.#press(press)) event.preventDefault();
  }

  /** Takes the keys pressed inside a message; other senders are ignored. */
  onMessage(event: MessageEvent): void {
    const message = readFrameMessage(event);
    if (message?.waxwing !== 'key' || !isOurFrame(event.source)) return;
    this.#press(message);
  }

  #press(press: KeyPress): boolean {
    if (this.app.screens.busy || this.app.links.asking || this.app.accounts.all.length === 0)
      return false;
    // A menu has the keyboard to itself.
    if (document.querySelector('[role="menu"]')) return false;
    const keys = this.#sequence.press(chordOf(press), Date.now(), knownKeys);
    return keys !== undefined && runKeys(keys, this.app);
  }
}

/** What undoes and redoes typing belongs to the field that is typed in. */
function isFieldKey({ key }: KeyPress): boolean {
  return /^[zy]$/i.test(key);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function isOurFrame(source: MessageEventSource | null): boolean {
  // A quote in the composer has no commands: there, keys are for writing.
  const frames = document.querySelectorAll<HTMLIFrameElement>('iframe:not([data-quote])');
  return [...frames].some((frame) => frame.contentWindow === source);
}
