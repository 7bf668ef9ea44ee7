import { toProblem, type Api, type Id, type Operation } from '../api';
import { Latest } from './latest';
import type { Snackbar } from './snackbar.svelte';

/** Events that follow each other closer than this are answered by one look, in milliseconds. */
const lookDelay = 120;

/**
 * The changes that wait for their servers and those that were refused. The
 * stored list is the truth: events only say when to look again, so that a
 * refusal which nobody heard of is still there at the next start.
 */
export class Operations {
  all = $state.raw<Operation[]>([]);
  waiting: Operation[] = $derived(this.all.filter((o) => o.state !== 'refused'));
  refused: Operation[] = $derived(this.all.filter((o) => o.state === 'refused'));
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #latest = new Latest();

  constructor(
    private readonly api: Api,
    private readonly snackbar: Snackbar,
  ) {}

  async load(): Promise<void> {
    const all = await this.#latest.ask(() => this.api.mail.pending());
    if (all) this.all = all;
  }

  /** Looks again soon. A failure is no news of its own: the next event looks again. */
  nudge(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.load().catch(() => undefined);
    }, lookDelay);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Forgets refused changes. One that is gone already is what was wanted. */
  async dismiss(ids: readonly Id[]): Promise<void> {
    this.all = this.all.filter((o) => !ids.includes(o.id));
    try {
      for (const id of ids) await this.#forget(id);
      await this.load();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
      this.nudge();
    }
  }

  /** Deletes for good what a refused move was about, and so ends the refusal. */
  destroy(id: Id): Promise<void> {
    return this.#settle(() => this.api.mail.destroyRefused(id));
  }

  /** Tries again to save a message that was refused. */
  retry(id: Id): Promise<void> {
    return this.#settle(() => this.api.mail.retryRefused(id));
  }

  async #settle(ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
      await this.load();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
      this.nudge();
    }
  }

  async #forget(id: Id): Promise<void> {
    try {
      await this.api.mail.dismiss(id);
    } catch (reason) {
      if (toProblem(reason).code !== 'notFound') throw reason;
    }
  }
}
