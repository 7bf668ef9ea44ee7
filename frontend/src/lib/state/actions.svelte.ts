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

/** Threads that were just marked read, and how to take that back. */
interface MarkedRead {
  rows: Id[];
  receipt: Promise<Receipt>;
}

/** What a person does to threads: shown at once, then done in that order, with a way back. */
export class Actions {
  /** The end of all that is under way. */
  #turn: Promise<unknown> = Promise.resolve();
  #markedRead: MarkedRead | undefined;
  /** What was taken away and isn't told of yet. */
  #untold = $state(0);

  constructor(
    private readonly api: Api,
    private readonly list: ThreadList,
    private readonly reader: Reader,
    private readonly mailboxes: Mailboxes,
    private readonly snackbar: Snackbar,
  ) {}

  archive(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.archived', {}, (ids, from) =>
      this.api.mail.archive(ids, from),
    );
  }

  /** To the trash; in the trash, for ever (after the question that asks for it). */
  trash(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.deleted', {}, (ids, from) => this.api.mail.trash(ids, from));
  }

  destroy(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(
      rows,
      'mail.destroyed',
      {},
      (ids, from) => this.api.mail.destroy(ids, from),
      false,
    );
  }

  junk(rows: ThreadRow[]): Promise<void> {
    return this.#takeAway(rows, 'mail.markedJunk', {}, (ids, from) =>
      this.api.mail.junk(ids, from),
    );
  }

  move(rows: ThreadRow[], mailbox: Mailbox, name: string): Promise<void> {
    return this.#takeAway(rows, 'mail.moved', { mailbox: name }, (ids, from) =>
      this.api.mail.move(ids, from, mailbox.id),
    );
  }

  /** Whether there is something to take back: told of in the notice, or about to be. */
  get canUndo(): boolean {
    return this.#untold > 0 || this.snackbar.canUndo;
  }

  /** Takes back what was done last, also when the key for it came before the notice. */
  async undo(): Promise<void> {
    await this.#turn;
    if (this.snackbar.canUndo) await this.snackbar.act();
  }

  /** Whether deleting these can't be undone, since they are in the trash. */
  isFinal(rows: ThreadRow[]): boolean {
    return rows.some((row) => this.mailboxes.find(row.mailbox)?.role === 'trash');
  }

  /**
   * Reading is for all messages of a thread. Unread is its latest one; or, right
   * after marking the same threads read, exactly what was unread before.
   */
  async setRead(rows: ThreadRow[], read: boolean): Promise<void> {
    if (rows.length === 0) return;
    const before = this.#markedRead;
    this.#markedRead = undefined;
    if (!read) {
      this.reader.keepUnread();
      const look = (row: ThreadRow) => ({ unread: Math.max(1, row.unread) });
      return this.#mark(
        rows,
        look,
        this.#inTurn(() => this.#unread(rows, before)),
      );
    }
    const receipt = this.#inTurn(() =>
      this.api.mail.setKeywords(messagesOf(rows), [Keyword.seen], []),
    );
    this.#markedRead = { rows: rows.map((row) => row.id), receipt };
    return this.#mark(rows, () => ({ unread: 0 }), receipt);
  }

  async #unread(rows: ThreadRow[], before: MarkedRead | undefined): Promise<unknown> {
    const unreadLatest = () => this.api.mail.setKeywords(latestOf(rows), [], [Keyword.seen]);
    if (!before || !sameIds(before.rows, rows)) return unreadLatest();
    const receipt = await before.receipt.catch(() => undefined);
    if (!receipt || receipt.operations.length === 0) return unreadLatest();
    return this.api.mail.undo(receipt).catch(unreadLatest);
  }

  /** One message carries the flag for its thread; taking it away takes it from all. */
  async setFlag(rows: ThreadRow[], flagged: boolean): Promise<void> {
    if (rows.length === 0) return;
    const done = this.#inTurn(() =>
      flagged
        ? this.api.mail.setKeywords(latestOf(rows), [Keyword.flagged], [])
        : this.api.mail.setKeywords(messagesOf(rows), [], [Keyword.flagged]),
    );
    return this.#mark(rows, () => ({ flagged }), done);
  }

  async #mark(
    rows: ThreadRow[],
    look: (row: ThreadRow) => Partial<ThreadRow>,
    done: Promise<unknown>,
  ): Promise<void> {
    this.list.patch(
      rows.map((row) => row.id),
      look,
    );
    try {
      await done;
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.#refresh();
  }

  /** Calls cross to Go side by side; what is done twice in a row must not swap. */
  #inTurn<R>(run: () => Promise<R>): Promise<R> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #takeAway(
    rows: ThreadRow[],
    text: Key,
    args: Record<string, string>,
    run: (ids: Id[], from: Id[]) => Promise<Receipt>,
    undoable = true,
  ): Promise<void> {
    if (rows.length === 0) return;
    this.list.remove(rows.map((row) => row.id));
    if (rows.some((row) => row.id === this.reader.id)) this.reader.close();
    this.#untold++;
    await this.#inTurn(async () => {
      try {
        const receipt = await run(messagesOf(rows), mailboxesOf(rows));
        this.snackbar.show({
          kind: 'done',
          text: t(text, { count: rows.length, ...args }),
          ...(undoable && {
            action: { label: t('common.undo'), run: () => this.#undo(receipt, rows), undoes: true },
          }),
        });
      } catch (reason) {
        this.snackbar.fail(toProblem(reason));
      }
      this.#untold--;
    });
    await this.#refresh();
  }

  /** Takes an operation back and returns to the thread it was about. */
  async #undo(receipt: Receipt, rows: ThreadRow[]): Promise<void> {
    try {
      await this.#inTurn(() => this.api.mail.undo(receipt));
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

function latestOf(rows: ThreadRow[]): Id[] {
  return rows.map((row) => row.latest);
}

function sameIds(ids: Id[], rows: ThreadRow[]): boolean {
  return ids.length === rows.length && rows.every((row) => ids.includes(row.id));
}

function messagesOf(rows: ThreadRow[]): Id[] {
  return rows.flatMap((row) => row.messages);
}

/** The mailboxes that the rows are seen in; none in a view across mailboxes. */
function mailboxesOf(rows: ThreadRow[]): Id[] {
  return [...new Set(rows.map((row) => row.mailbox).filter((id) => id !== ''))];
}
