import type { Id, ThreadRow } from '../api';

/**
 * The loaded rows of a list that may have a million: each at its place, found
 * by place or by thread. Never changes; every method gives another.
 */
export class Rows {
  readonly #byPlace: ReadonlyMap<number, ThreadRow>;
  readonly #places = new Map<Id, number>();

  constructor(byPlace: ReadonlyMap<number, ThreadRow> = new Map()) {
    this.#byPlace = byPlace;
    for (const [place, row] of byPlace) this.#places.set(row.id, place);
  }

  at(place: number): ThreadRow | undefined {
    return this.#byPlace.get(place);
  }

  /** -1 when the thread isn't among the loaded rows. */
  indexOf(id: Id | undefined): number {
    return id === undefined ? -1 : (this.#places.get(id) ?? -1);
  }

  find(id: Id | undefined): ThreadRow | undefined {
    return this.at(this.indexOf(id));
  }

  /** The loaded rows with their places, from the top. */
  entries(): [number, ThreadRow][] {
    return [...this.#byPlace].sort(([a], [b]) => a - b);
  }

  /** Puts a page at its place. A thread that stood elsewhere has moved. */
  with(offset: number, page: readonly ThreadRow[]): Rows {
    const next = new Map(this.#byPlace);
    page.forEach((row, i) => {
      const before = this.#places.get(row.id);
      if (before !== undefined && next.get(before)?.id === row.id) next.delete(before);
      next.set(offset + i, row);
    });
    return new Rows(next);
  }

  /** Takes rows out; those below move up. */
  without(gone: ReadonlySet<Id>): Rows {
    const next = new Map<number, ThreadRow>();
    let missing = 0;
    for (const [place, row] of this.entries()) {
      if (gone.has(row.id)) missing++;
      else next.set(place - missing, row);
    }
    return new Rows(next);
  }

  changed(ids: readonly Id[], part: (row: ThreadRow) => Partial<ThreadRow>): Rows {
    const next = new Map(this.#byPlace);
    for (const id of ids) {
      const place = this.indexOf(id);
      const row = this.at(place);
      if (row) next.set(place, { ...row, ...part(row) });
    }
    return new Rows(next);
  }
}
