import type { Id, ThreadRow } from '../api';

/**
 * Threads that are being dragged to a mailbox. The browser's drag and drop keeps
 * its data from everybody until the drop, but a mailbox must know beforehand
 * whether it may take them; so they are kept here.
 */
export class Drag {
  rows = $state.raw<ThreadRow[]>([]);
  /** The mailboxes that take them, with their names. */
  #targets = $state.raw<ReadonlyMap<Id, string>>(new Map());

  /** Begins with what is dragged and with the mailboxes that may take it. */
  begin(rows: ThreadRow[], targets: ReadonlyMap<Id, string>): void {
    this.rows = rows;
    this.#targets = targets;
  }

  end(): void {
    this.begin([], new Map());
  }

  /** The name of a mailbox that takes what is dragged; undefined for one that doesn't. */
  target(mailbox: Id): string | undefined {
    return this.#targets.get(mailbox);
  }
}
