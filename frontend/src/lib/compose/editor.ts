import Squire from 'squire-rte';
import { toFragment } from './html';

/** What the place of the cursor is formatted as. */
export interface Formats {
  bold: boolean;
  italic: boolean;
  underline: boolean;
  strike: boolean;
  bullets: boolean;
  numbers: boolean;
  quote: boolean;
  code: boolean;
  link: boolean;
}

export const noFormats: Formats = {
  bold: false,
  italic: false,
  underline: false,
  strike: false,
  bullets: false,
  numbers: false,
  quote: false,
  code: false,
  link: false,
};

/** What can be done to the text by button or key. */
export type Format = keyof Formats | 'plain' | 'indent' | 'outdent';

/** What the editor asks of the composer. */
export interface Hooks {
  oninput: () => void;
  onformats: (formats: Formats) => void;
  /** Foreign HTML made safe. */
  clean: (html: string) => Promise<string>;
  /** Files that were pasted or dropped. */
  onfiles: (files: File[]) => void;
  onlink: () => void;
  onerror: (reason: unknown) => void;
}

/** Undo keeps whole bodies: of large ones only some, within so many octets. */
const undoLimit = 8_000_000;

/** The rich text editor: Squire, with everything that comes from outside led through Go. */
export class Editor {
  readonly #squire: Squire;
  readonly #root: HTMLElement;
  readonly #hooks: Hooks;
  /** What was set, until it is something else. */
  #pristine: string | undefined = '';
  /** Whether what is dragged comes from the editor itself. */
  #dragging = false;

  constructor(root: HTMLElement, hooks: Hooks) {
    this.#root = root;
    this.#hooks = hooks;
    this.#squire = new Squire(root, {
      blockTag: 'DIV',
      sanitizeToDOMFragment: toFragment,
      undo: { documentSizeThreshold: 50_000, undoLimit: Math.ceil(undoLimit / 50_000) },
      didError: hooks.onerror,
    });
    const squire = this.#squire;
    // Squire takes pasted HTML as it comes; we don't.
    squire.removeEventListener('paste');
    squire.addEventListener('paste', (event) => this.#paste(event as ClipboardEvent));
    squire.addEventListener('dragstart', () => (this.#dragging = true));
    squire.addEventListener('dragend', () => (this.#dragging = false));
    squire.addEventListener('input', () => hooks.oninput());
    squire.addEventListener('pathChange', () => this.#tellFormats());
    squire.addEventListener('select', () => this.#tellFormats());
    for (const [key, format] of keys) {
      squire.setKeyHandler(key, (_, event) => {
        event.preventDefault();
        if (format === 'link') hooks.onlink();
        else this.apply(format);
      });
    }
  }

  html(): string {
    return this.#squire.getHTML();
  }

  setHTML(html: string): void {
    this.#squire.setHTML(html);
    this.#pristine = this.html();
  }

  /** Whether there is something else than was set: setting is told as input, too. */
  changed(): boolean {
    if (this.#pristine === undefined) return true;
    if (this.html() === this.#pristine) return false;
    this.#pristine = undefined;
    return true;
  }

  /** Puts the cursor before everything: an answer is written above the signature. */
  focusStart(): void {
    this.#squire.focus();
    this.#squire.moveCursorToStart();
  }

  focusEnd(): void {
    this.#squire.focus();
    this.#squire.moveCursorToEnd();
  }

  focus(): void {
    this.#squire.focus();
  }

  destroy(): void {
    this.#squire.destroy();
  }

  get selectedText(): string {
    return this.#squire.getSelectedText();
  }

  /** The address of the link that the cursor is in; empty for none. */
  get link(): string {
    const { startContainer } = this.#squire.getSelection();
    const element =
      startContainer instanceof Element ? startContainer : startContainer.parentElement;
    return element?.closest('a')?.getAttribute('href') ?? '';
  }

  setLink(url: string): void {
    const squire = this.#squire;
    squire.focus();
    if (url === '') squire.removeLink();
    else squire.makeLink(url);
  }

  insertPicture(src: string, cid: string, alt: string): void {
    this.#squire.focus();
    this.#squire.insertImage(src, { 'data-cid': cid, alt });
  }

  apply(format: Exclude<Format, 'link'>): void {
    const squire = this.#squire;
    const now = this.formats();
    switch (format) {
      case 'bold':
        return void (now.bold ? squire.removeBold() : squire.bold());
      case 'italic':
        return void (now.italic ? squire.removeItalic() : squire.italic());
      case 'underline':
        return void (now.underline ? squire.removeUnderline() : squire.underline());
      case 'strike':
        return void (now.strike ? squire.removeStrikethrough() : squire.strikethrough());
      case 'bullets':
        return void (now.bullets ? squire.removeList() : squire.makeUnorderedList());
      case 'numbers':
        return void (now.numbers ? squire.removeList() : squire.makeOrderedList());
      case 'quote':
        return void (now.quote ? squire.decreaseQuoteLevel() : squire.increaseQuoteLevel());
      case 'code':
        return void squire.toggleCode();
      case 'indent':
        return void squire.increaseListLevel();
      case 'outdent':
        return void squire.decreaseListLevel();
      case 'plain':
        return void squire.removeAllFormatting();
    }
  }

  formats(): Formats {
    const squire = this.#squire;
    const has = (tag: string) => squire.hasFormat(tag);
    return {
      bold: has('B'),
      italic: has('I'),
      underline: has('U'),
      strike: has('S'),
      bullets: has('UL'),
      numbers: has('OL'),
      quote: has('BLOCKQUOTE'),
      code: has('PRE') || has('CODE'),
      link: has('A'),
    };
  }

  #tellFormats(): void {
    this.#hooks.onformats(this.formats());
  }

  #paste(event: ClipboardEvent): void {
    const data = event.clipboardData;
    if (!data) return;
    event.preventDefault();
    this.#insert(data);
  }

  /** Takes a drop from outside; reports whether it was one. */
  drop(event: DragEvent): boolean {
    if (this.#dragging || !event.dataTransfer) return false;
    const range = rangeAt(event.clientX, event.clientY);
    if (range && this.#root.contains(range.startContainer)) this.#squire.setSelection(range);
    this.#insert(event.dataTransfer);
    return true;
  }

  /** Formatted text as Go lets it pass, else files, else plain text. */
  #insert(data: DataTransfer): void {
    const html = data.getData('text/html');
    const text = data.getData('text/plain');
    const files = [...data.files];
    // Office programs add a picture of the text; browsers add the tag of a picture.
    const isPicture = files.length > 0 && (html === '' || (text === '' && /<img\b/i.test(html)));
    if (isPicture) this.#hooks.onfiles(files);
    else if (html !== '') void this.#insertForeign(html, text);
    else if (text !== '') this.#squire.insertPlainText(text, true);
  }

  async #insertForeign(html: string, text: string): Promise<void> {
    try {
      this.#squire.insertHTML(await this.#hooks.clean(html), true);
    } catch (reason) {
      this.#squire.insertPlainText(text, true);
      this.#hooks.onerror(reason);
    }
  }
}

/** The cursor's place at a point of the window. Engines have one or the other. */
function rangeAt(x: number, y: number): Range | null {
  const doc = document as Document & {
    caretPositionFromPoint?: (x: number, y: number) => { offsetNode: Node; offset: number } | null;
    caretRangeFromPoint?: (x: number, y: number) => Range | null;
  };
  if (doc.caretRangeFromPoint) return doc.caretRangeFromPoint(x, y);
  const place = doc.caretPositionFromPoint?.(x, y);
  if (!place) return null;
  const range = document.createRange();
  range.setStart(place.offsetNode, place.offset);
  return range;
}

const mod = /Mac/.test(navigator.platform) ? 'Meta-' : 'Ctrl-';

/** Keys as Squire names them. Bold, italic, underline, undo and redo are its own. */
const keys: readonly [key: string, format: Format][] = [
  [`${mod}k`, 'link'],
  [`${mod}Shift-x`, 'strike'],
  [`${mod}Shift-X`, 'strike'],
  [`${mod}Shift-7`, 'numbers'],
  [`${mod}Shift-8`, 'bullets'],
  [`${mod}Shift-9`, 'quote'],
  [`${mod}\\`, 'plain'],
];
