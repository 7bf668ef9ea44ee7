import { toProblem, type Api, type Draft, type Id, type Submission } from '../api';
import { explain, t } from '../i18n/index.svelte';
import { Latest } from '../state/latest';
import type { Snackbar } from '../state/snackbar.svelte';

/** How long sending can be taken back when Go doesn't say, in milliseconds. */
const undoTime = 10_000;

/** Events that follow each other closer than this are answered by one look, in milliseconds. */
const lookDelay = 120;

/** States in which the server has the message. */
const taken: ReadonlySet<Submission['state']> = new Set(['sent', 'copied']);

/** What is on its way out, what was refused, and what nobody knows of. */
export class Outbox {
  all = $state.raw<Submission[]>([]);
  /** Rises with every look: drafts may be others than before, too. */
  looks = $state(0);
  /** What a person may want to look at: all that the server doesn't have yet. */
  shown: Submission[] = $derived(this.all.filter((s) => !taken.has(s.state)));
  /** Those that wait for the person. */
  failed: Submission[] = $derived(
    this.shown.filter((s) => s.state === 'refused' || s.state === 'unknown'),
  );
  /** Called with the draft that a submission was taken back into. */
  onundone: ((draft: Draft) => void) | undefined;
  /** Those whose end is still to be told. */
  readonly #awaited = new Set<Id>();
  readonly #latest = new Latest();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly snackbar: Snackbar,
    /** Shows the outbox. */
    private readonly reveal: () => void,
  ) {}

  async load(): Promise<void> {
    const all = await this.#latest.ask(() => this.api.compose.submissions());
    if (!all) return;
    this.all = all;
    this.looks++;
    for (const id of this.#awaited) this.#tell(id);
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

  /** Tells that a message goes, and for a while how to take that back. */
  sending(id: Id): void {
    this.#awaited.add(id);
    this.snackbar.show({
      kind: 'done',
      text: t('compose.sending'),
      action: { label: t('common.undo'), run: () => this.cancel(id), undoes: true },
      time: undoTime,
    });
    this.nudge();
  }

  /** Tells the end of a message that was just sent, once. */
  #tell(id: Id): void {
    const submission = this.all.find((s) => s.id === id);
    if (!submission || taken.has(submission.state)) {
      this.#awaited.delete(id);
      this.snackbar.show({ kind: 'done', text: t('compose.sent') });
    } else if (submission.state === 'refused' || submission.state === 'unknown') {
      this.#awaited.delete(id);
      this.#warn(submission);
    } else if (submission.attempts > 0 && submission.retryAt > 0) {
      this.#awaited.delete(id);
      this.snackbar.show({
        kind: 'done',
        text: t('compose.waits'),
        action: { label: t('common.show'), run: this.reveal },
      });
    }
  }

  #warn(submission: Submission): void {
    const { sentence, advice } = submission.problem
      ? explain(submission.problem)
      : { sentence: t('compose.notSent'), advice: '' };
    this.snackbar.show({
      kind: 'problem',
      text: sentence,
      detail: advice,
      action: { label: t('common.show'), run: this.reveal },
    });
  }

  /** Takes a submission back into the composer. */
  async cancel(id: Id): Promise<void> {
    this.#awaited.delete(id);
    await this.#do(async () => this.onundone?.(await this.api.compose.cancel(id)));
  }

  retry(id: Id): Promise<void> {
    this.#awaited.add(id);
    return this.#do(() => this.api.compose.retry(id));
  }

  resolve(id: Id, sent: boolean): Promise<void> {
    if (!sent) this.#awaited.add(id);
    return this.#do(() => this.api.compose.resolve(id, sent));
  }

  async #do(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
    await this.load().catch(() => undefined);
  }
}
