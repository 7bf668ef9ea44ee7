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
  bodies = new SvelteMap<Id, Body | ProblemError>();
  /** The message to bring into view once, when the thread opens. */
  focus = $state<Id | undefined>();
  /** The keyboard goes to the thread as soon as it is shown. */
  wantsFocus = $state(false);
  readonly #latest = new Latest();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Joined hears that the open thread became part of another one. */
  constructor(
    private readonly api: Api,
    private readonly joined: (from: Id, into: Id) => void,
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
      const unread = messages.filter(isUnread);
      const last = messages.at(-1);
      for (const message of [...unread, ...(last ? [last] : [])]) this.unfolded.add(message.id);
      this.focus = at ?? unread[0]?.id ?? last?.id;
      if (this.focus) this.unfolded.add(this.focus);
      this.thread = thread;
      this.#timer = setTimeout(() => void this.#markRead(id), readDelay);
    } catch (reason) {
      if (this.id === id) this.problem = toProblem(reason);
    }
  }

  close(): void {
    this.#forget();
    this.id = undefined;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.wantsFocus = false;
    this.thread = undefined;
    this.problem = undefined;
    this.focus = undefined;
    this.unfolded.clear();
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
      for (const m of thread.messages) if (!known.has(m.id)) this.unfolded.add(m.id);
      this.thread = thread;
      this.problem = undefined;
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
    if (!this.unfolded.delete(message)) this.unfolded.add(message);
  }

  unfoldAll(): void {
    for (const message of this.thread?.messages ?? []) this.unfolded.add(message.id);
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
  }

  async #markRead(id: Id): Promise<void> {
    const unread = (this.thread?.messages ?? [])
      .filter((m) => isUnread(m) && this.unfolded.has(m.id))
      .map((m) => m.id);
    if (this.id !== id || unread.length === 0) return;
    // A refusal is no reason to disturb: the dot simply stays.
    await this.api.mail.setKeywords(unread, [Keyword.seen], []).catch(() => undefined);
  }
}
