import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import {
  Keyword,
  toProblem,
  type Api,
  type Body,
  type Id,
  type Message,
  type ProblemError,
  type Thread,
} from '../api';
import { Latest } from './latest';

/** How long a thread is on screen before it counts as read, in milliseconds. */
export const readDelay = 900;

/** How many unread messages are unfolded when a thread opens; the last one is as well. */
export const openedUnread = 10;

/** The most messages that are unfolded at once by one command. */
export const unfoldedAtOnce = 50;

/** The most folded messages that are brought out of summed-up stretches. */
export const mostBrought = 200;

export function isUnread(message: Message): boolean {
  return !message.keywords.includes(Keyword.seen);
}

/** The open thread: its messages, which of them are unfolded, and their bodies. */
export class Reader {
  /** The thread asked for; thread follows when it has arrived. */
  id = $state<Id | undefined>();
  thread = $state.raw<Thread | undefined>();
  problem = $state.raw<ProblemError | undefined>();
  unfolded = new SvelteSet<Id>();
  /** Folded messages that were asked for out of a long stretch, see bring. */
  brought = new SvelteSet<Id>();
  bodies = new SvelteMap<Id, Body | ProblemError>();
  /** The message to bring into view once, when the thread opens. */
  focus = $state<Id | undefined>();
  /** The keyboard goes to the thread as soon as it is shown. */
  wantsFocus = $state(false);
  readonly #latest = new Latest();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Unfolded messages that are read when the timer ends. */
  #reading: Id[] = [];

  /**
   * Joined hears that the open thread became part of another one; watched tells
   * whether somebody can be looking at it.
   */
  constructor(
    private readonly api: Api,
    private readonly joined: (from: Id, into: Id) => void,
    private readonly watched: () => boolean,
  ) {}

  /** Opens a thread, at a message of it or at the first unread one. */
  async open(id: Id, at?: Id): Promise<void> {
    if (this.id === id && at === undefined) return;
    this.#forget();
    this.id = id;
    try {
      const thread = await this.api.mail.thread(id);
      if (this.id !== id) return;
      const { messages } = thread;
      const unread = messages.filter(isUnread).slice(0, openedUnread);
      const last = messages.at(-1);
      for (const message of [...unread, ...(last ? [last] : [])]) this.unfolded.add(message.id);
      this.focus = at ?? unread[0]?.id ?? last?.id;
      if (this.focus) this.unfolded.add(this.focus);
      this.thread = thread;
      this.#read([...this.unfolded]);
    } catch (reason) {
      if (this.id === id) this.problem = toProblem(reason);
    }
  }

  close(): void {
    this.#forget();
    this.id = undefined;
  }

  #forget(): void {
    this.keepUnread();
    this.wantsFocus = false;
    this.thread = undefined;
    this.problem = undefined;
    this.focus = undefined;
    this.unfolded.clear();
    this.brought.clear();
    this.bodies.clear();
  }

  /**
   * Asks again, after a change; what is unfolded stays so. Threads become one when
   * a message links them: then the one that holds the same message is followed.
   */
  async refresh(): Promise<void> {
    const { id } = this;
    const message = this.thread?.messages.at(-1)?.id;
    if (id === undefined || message === undefined || !this.thread) return;
    try {
      const thread = await this.#latest.ask(() => this.#find(id, message));
      if (!thread || this.id !== id) return;
      if (thread.id !== id) {
        this.id = thread.id;
        this.joined(id, thread.id);
      }
      const known = new Set(this.thread.messages.map((m) => m.id));
      const arrived = thread.messages.filter((m) => !known.has(m.id)).slice(-openedUnread);
      for (const m of arrived) this.unfolded.add(m.id);
      this.thread = thread;
      this.problem = undefined;
      if (arrived.length > 0) this.#read(arrived.map((m) => m.id));
    } catch (reason) {
      // Gone: the list says so by taking the row away.
      if (this.id === id) this.problem = toProblem(reason);
    }
  }

  async #find(id: Id, message: Id): Promise<Thread> {
    try {
      return await this.api.mail.thread(id);
    } catch (reason) {
      if (toProblem(reason).code !== 'notFound') throw reason;
      return this.api.mail.thread(message);
    }
  }

  toggle(message: Id): void {
    if (this.unfolded.delete(message)) return;
    this.unfolded.add(message);
    this.#read([message]);
  }

  /** Unfolds every message; of a long thread those from the one in focus on. */
  unfoldAll(): void {
    const messages = this.thread?.messages ?? [];
    const at = messages.findIndex((m) => m.id === this.focus);
    const start = Math.max(0, Math.min(at, messages.length - unfoldedAtOnce));
    const chosen = messages.slice(start, start + unfoldedAtOnce).map((m) => m.id);
    this.unfolded.clear();
    for (const message of chosen) this.unfolded.add(message);
    this.#read(chosen);
  }

  /** Shows folded messages one by one; of too many the first asked for are summed up again. */
  bring(messages: Id[]): void {
    for (const message of messages) this.brought.add(message);
    for (const message of this.brought) {
      if (this.brought.size <= mostBrought) break;
      this.brought.delete(message);
    }
  }

  /** Fetches the body of an unfolded message, once. */
  async loadBody(message: Id): Promise<void> {
    if (this.bodies.has(message)) return;
    const { id } = this;
    try {
      const body = await this.api.mail.body(message);
      if (this.id === id) this.bodies.set(message, body);
    } catch (reason) {
      if (this.id === id) this.bodies.set(message, toProblem(reason));
    }
  }

  /** Keeps a thread that was just marked unread from being marked read at once. */
  keepUnread(): void {
    clearTimeout(this.#timer);
    this.#reading = [];
  }

  /** Marks messages read when they are still unfolded after a moment, and looked at. */
  #read(messages: Id[]): void {
    this.#reading.push(...messages);
    this.#wait(this.id);
  }

  #wait(id: Id | undefined): void {
    clearTimeout(this.#timer);
    const before = this.watched();
    this.#timer = setTimeout(() => void this.#markRead(id, before), readDelay);
  }

  async #markRead(id: Id | undefined, watchedBefore: boolean): Promise<void> {
    const reading = new Set(this.#reading);
    const unread = (this.thread?.messages ?? [])
      .filter((m) => isUnread(m) && reading.has(m.id) && this.unfolded.has(m.id))
      .map((m) => m.id);
    if (this.id === id && unread.length > 0 && !(watchedBefore && this.watched())) {
      this.#wait(id);
      return;
    }
    this.#reading = [];
    if (this.id !== id || unread.length === 0) return;
    // A refusal is no reason to disturb: the dot simply stays.
    await this.api.mail.setKeywords(unread, [Keyword.seen], []).catch(() => undefined);
  }
}
