import {
  Keyword,
  toProblem,
  type Api,
  type Id,
  type Mailbox,
  type Receipt,
  type ThreadRow,
} from '../api';
import { t, type Key } from '../i18n/index.svelte';
import type { ThreadList } from './list.svelte';
import type { Mailboxes } from './mailboxes.svelte';
import type { Reader } from './reader.svelte';
import type { Snackbar } from './snackbar.svelte';

/** What a person does to threads: shown at once, then done, with a way back. */
export class Actions {
  constructor(
    private readonly api: Api,
    private readonly list: ThreadList,
    private readonly reader: Reader,
    private readonly mailboxes: Mailboxes,
    private readonly snackbar: Snackbar,
  ) {}

  archive(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.archived', {}, (ids) => this.api.mail.archive(ids));
  }

  /** To the trash; in the trash, for ever (after the question that asks for it). */
  trash(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.deleted', {}, (ids) => this.api.mail.trash(ids));
  }

  destroy(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.destroyed', {}, (ids) => this.api.mail.destroy(ids), false);
  }

  junk(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.markedJunk', {}, (ids) => this.api.mail.junk(ids));
  }

  move(rows: ThreadRow[], mailbox: Mailbox, name: string): Promise<void> {
    return this.#takeAway(rows, 'mail.moved', { mailbox: name }, (ids) =>
      this.api.mail.move(ids, mailbox.id),
    );
  }

  /** Whether deleting these can't be undone, since they are in the trash. */
  isFinal(rows: ThreadRow[]): boolean {
    return rows.some((row) => this.mailboxes.find(row.mailbox)?.role === 'trash');
  }

  setRead(rows: ThreadRow[], read: boolean): Promise<void> {
    if (!read) this.reader.keepUnread();
    return this.#mark(rows, Keyword.seen, read, (row) => ({
      unread: read ? 0 : Math.max(1, row.unread),
    }));
  }

  setFlag(rows: ThreadRow[], flagged: boolean): Promise<void> {
    return this.#mark(rows, Keyword.flagged, flagged, () => ({ flagged }));
  }

  async #mark(
    rows: ThreadRow[],
    keyword: string,
    on: boolean,
    look: (row: ThreadRow) => Partial<ThreadRow>,
  ): Promise<void> {
    if (rows.length === 0) return;
    this.list.patch(
      rows.map((row) => row.id),
      look,
    );
    // One message carries a mark for its thread; taking it away takes it from all.
    const ids =
      on && keyword === Keyword.flagged ? rows.map((row) => row.latest) : messagesOf(rows);
    try {
      await this.api.mail.setKeywords(
        !on && keyword === Keyword.seen ? rows.map((row) => row.latest) : ids,
        on ? [keyword] : [],
        on ? [] : [keyword],
      );
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.#refresh();
  }

  async #takeAway(
    rows: ThreadRow[],
    text: Key,
    args: Record<string, string>,
    run: (ids: Id[]) => Promise<Receipt>,
    undoable = true,
  ): Promise<void> {
    if (rows.length === 0) return;
    this.list.remove(rows.map((row) => row.id));
    if (rows.some((row) => row.id === this.reader.id)) this.reader.close();
    try {
      const receipt = await run(messagesOf(rows));
      this.snackbar.show({
        kind: 'done',
        text: t(text, { count: rows.length, ...args }),
        ...(undoable && {
          action: { label: t('common.undo'), run: () => this.#undo(receipt, rows) },
        }),
      });
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.#refresh();
  }

  /** Takes an operation back and returns to the thread it was about. */
  async #undo(receipt: Receipt, rows: ThreadRow[]): Promise<void> {
    try {
      await this.api.mail.undo(receipt);
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.#refresh();
    const [first] = rows;
    if (first && this.list.rows.indexOf(first.id) >= 0) this.list.moveTo(first.id);
  }

  async #refresh(): Promise<void> {
    await Promise.all([this.list.refresh(), this.reader.refresh()]);
  }
}

function messagesOf(rows: ThreadRow[]): Id[] {
  return rows.flatMap((row) => row.messages);
}
