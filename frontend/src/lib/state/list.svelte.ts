import { SvelteSet } from 'svelte/reactivity';
import {
  toProblem,
  type Api,
  type Filter,
  type Id,
  type ProblemError,
  type ThreadRow,
} from '../api';
import { Rows } from './rows';

export type FilterName = keyof Filter;

export const noFilter: Filter = {
  unread: false,
  flagged: false,
  attachments: false,
  toMe: false,
};

/** How many rows are asked for at once. */
export const pageSize = 100;

/**
 * The list of threads: a known total, and the rows of the pages that were
 * looked at. What is shown stays until its replacement has arrived. Selection
 * and cursor hold threads, not places, and so survive new mail.
 */
export class ThreadList {
  view = $state('inboxes');
  filter = $state.raw<Filter>(noFilter);
  /** Empty: the view is listed; else the account or all of them are searched. */
  query = $state('');
  total = $state(0);
  rows = $state.raw(new Rows());
  /** False until the first page of this view has arrived. */
  loaded = $state(false);
  problem = $state.raw<ProblemError | undefined>();
  /** The thread the keyboard is at; shown in the reader. */
  cursor = $state<Id | undefined>();
  selected = new SvelteSet<Id>();
  /** Rises when the list starts over, so that it scrolls to the top. */
  generation = $state(0);

  #anchor: Id | undefined;
  #visible = { first: 0, last: 0 };
  #loading = new Set<number>();
  /** Rises when answers under way have become old: nothing that they tell is taken over. */
  #edition = 0;
  #refreshing: Promise<void> | undefined;
  #again = false;

  constructor(private readonly api: Api) {}

  /** Shows another view from its top. */
  open(view: string): void {
    this.view = view;
    this.query = '';
    this.filter = noFilter;
    this.#restart();
  }

  search(query: string): void {
    if (query === this.query) return;
    this.query = query;
    this.#restart();
  }

  toggle(name: FilterName): void {
    this.filter = { ...this.filter, [name]: !this.filter[name] };
    this.#restart();
  }

  clearFilter(): void {
    this.filter = noFilter;
    this.#restart();
  }

  get filtered(): boolean {
    return Object.values(this.filter).some(Boolean);
  }

  #restart(): void {
    this.generation++;
    this.#outdate();
    this.rows = new Rows();
    this.total = 0;
    this.loaded = false;
    this.problem = undefined;
    this.#visible = { first: 0, last: 0 };
    this.clearSelection();
    this.cursor = undefined;
    void this.#page(0);
  }

  /**
   * Tells which rows are on screen; loads what is missing of them and of a screen
   * more on both sides, where the next key press may lead.
   */
  want(first: number, last: number): void {
    const screen = last - first + 1;
    this.#visible = { first: Math.max(0, first - screen), last: last + screen };
    this.#fill();
  }

  /** Loads what is missing of the pages on screen. */
  #fill(): void {
    for (const page of this.#visiblePages()) {
      const place = page * pageSize;
      if (place < this.total && !this.rows.at(place)) void this.#page(page);
    }
  }

  #outdate(): void {
    this.#edition++;
    this.#loading.clear();
  }

  #visiblePages(): number[] {
    const end = Math.max(0, Math.min(this.#visible.last, this.total - 1));
    const first = Math.floor(Math.min(this.#visible.first, end) / pageSize);
    const last = Math.floor(end / pageSize);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }

  /**
   * Asks again for what is on screen; rows elsewhere are forgotten. Calls while
   * one is under way are folded into one more.
   */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      }
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const edition = this.#edition;
    try {
      const pages = this.#visiblePages();
      const answers = await Promise.all(pages.map((page) => this.#fetch(page)));
      if (edition !== this.#edition) return;
      this.#outdate();
      this.rows = answers.reduce(
        (rows, answer, i) => rows.with((pages[i] ?? 0) * pageSize, answer.threads),
        new Rows(),
      );
      this.total = answers.at(-1)?.total ?? 0;
      this.loaded = true;
      this.problem = undefined;
      this.#fill();
    } catch (reason) {
      if (edition === this.#edition) this.problem = toProblem(reason);
    }
  }

  async #page(page: number): Promise<void> {
    if (this.#loading.has(page)) return;
    this.#loading.add(page);
    const edition = this.#edition;
    try {
      const answer = await this.#fetch(page);
      if (edition !== this.#edition) return;
      this.rows = this.rows.with(page * pageSize, answer.threads);
      this.total = answer.total;
      this.loaded = true;
    } catch (reason) {
      if (edition === this.#edition) this.problem = toProblem(reason);
    } finally {
      if (edition === this.#edition) this.#loading.delete(page);
    }
  }

  #fetch(page: number) {
    const part = { offset: page * pageSize, limit: pageSize };
    return this.query === ''
      ? this.api.mail.threads({ view: this.view, filter: this.filter, ...part })
      : this.api.mail.search({ query: this.query, account: '', ...part });
  }

  /** What an action applies to: the selected threads, else the one at the cursor. */
  get chosen(): ThreadRow[] {
    if (this.selected.size > 0) {
      return this.#loadedRows().filter((row) => this.selected.has(row.id));
    }
    const row = this.rows.find(this.cursor);
    return row ? [row] : [];
  }

  #loadedRows(): ThreadRow[] {
    return this.rows.entries().map(([, row]) => row);
  }

  clearSelection(): void {
    this.selected.clear();
    this.#anchor = undefined;
  }

  /** Moves the cursor to a thread and gives up the selection. */
  moveTo(id: Id): void {
    this.clearSelection();
    this.cursor = id;
    this.#anchor = id;
  }

  /** Keeps cursor and selection with a thread that became part of another one. */
  joined(from: Id, into: Id): void {
    if (this.cursor === from) this.cursor = into;
    if (this.#anchor === from) this.#anchor = into;
    if (this.selected.delete(from)) this.selected.add(into);
  }

  /** Adds a thread to the selection or takes it out. */
  toggleSelected(id: Id): void {
    if (this.selected.size === 0 && this.cursor !== undefined && this.cursor !== id) {
      this.selected.add(this.cursor);
    }
    if (!this.selected.delete(id)) this.selected.add(id);
    this.cursor = id;
    this.#anchor = id;
  }

  /** Selects from the anchor to a thread, both included. */
  selectTo(id: Id): void {
    const from = this.rows.indexOf(this.#anchor ?? this.cursor ?? id);
    const to = this.rows.indexOf(id);
    if (to < 0) return;
    this.#anchor ??= this.cursor ?? id;
    this.selected.clear();
    const [low, high] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    for (const [place, row] of this.rows.entries()) {
      if (place >= low && place <= high) this.selected.add(row.id);
    }
    this.cursor = id;
  }

  selectAllLoaded(): void {
    for (const row of this.#loadedRows()) this.selected.add(row.id);
  }

  /** The thread so many rows from the cursor, kept within the loaded rows. */
  neighbour(by: number): Id | undefined {
    const at = this.rows.indexOf(this.cursor);
    const start = at < 0 ? (by > 0 ? -1 : this.total) : at;
    const target = Math.max(0, Math.min(this.total - 1, start + by));
    const back = Math.sign(start - target);
    let place = target;
    while (place !== start && !this.rows.at(place)) place += back;
    return this.rows.at(place)?.id;
  }

  /** Changes how some rows look until they have been asked for again, as the caller must see to. */
  patch(ids: readonly Id[], part: (row: ThreadRow) => Partial<ThreadRow>): void {
    this.#outdate();
    this.rows = this.rows.changed(ids, part);
  }

  /**
   * Takes threads out of the list until the caller has it refreshed; the cursor
   * goes to the next one that stays.
   */
  remove(ids: readonly Id[]): void {
    this.#outdate();
    const gone = new Set(ids.filter((id) => this.rows.indexOf(id) >= 0));
    if (this.cursor !== undefined && gone.has(this.cursor)) {
      const at = this.rows.indexOf(this.cursor);
      const staying = this.rows.entries().filter(([, row]) => !gone.has(row.id));
      const next = staying.find(([place]) => place > at) ?? staying.at(-1);
      this.cursor = next?.[1].id;
    }
    this.rows = this.rows.without(gone);
    this.total = Math.max(0, this.total - gone.size);
    this.clearSelection();
  }
}
