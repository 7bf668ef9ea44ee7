import { toProblem, type Api, type Draft, type DraftStart, type Id, type Identity } from '../api';
import { getLanguage, t } from '../i18n/index.svelte';
import type { Snackbar } from '../state/snackbar.svelte';
import { Composer } from './composer.svelte';
import type { Outbox } from './outbox.svelte';

/** How the open card lies in the window. */
export type Place = 'docked' | 'filled';

/** The messages that are being written: several at once, one of them open. */
export class Composers {
  all = $state.raw<Composer[]>([]);
  /** The one whose card is open; the others are tabs at the foot of the window. */
  open = $state.raw<Composer | undefined>();
  place = $state<Place>('docked');
  identities = $state.raw<Identity[]>([]);
  /** Whether the bar of formats is shown. */
  formats = $state(true);
  /** A draft that is on its way to the screen. */
  #beginning = 0;
  /** Drafts that are thrown away when nobody takes that back. */
  readonly #doomed = new Map<Composer, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly api: Api,
    private readonly snackbar: Snackbar,
    private readonly outbox: Outbox,
  ) {
    outbox.onundone = (draft) => this.#show(draft, false);
  }

  /** Begins a message and opens its card. */
  async start(start: Partial<DraftStart>): Promise<void> {
    const whole = { kind: 'new', account: '', original: '', mailto: '', ...start } as const;
    await this.#begin(() => this.api.compose.start({ ...whole, language: getLanguage() }), true);
  }

  /** Opens a draft, or the one that a message of the drafts mailbox stands for. */
  async edit(id: Id): Promise<void> {
    const known = this.all.find((composer) => composer.id === id);
    if (known) return this.show(known);
    await this.#begin(() => this.api.compose.open(id), false);
  }

  async #begin(get: () => Promise<Draft>, fresh: boolean): Promise<void> {
    const mine = ++this.#beginning;
    try {
      const [draft, identities] = await Promise.all([get(), this.api.identities.list()]);
      this.identities = identities;
      this.#show(draft, fresh, mine === this.#beginning);
    } catch (reason) {
      this.snackbar.fail(toProblem(reason));
    }
  }

  #show(draft: Draft, fresh: boolean, open = true): void {
    const known = this.all.find((composer) => composer.id === draft.id);
    const composer = known ?? new Composer(this.api, draft, fresh);
    if (!known) this.all = [...this.all, composer];
    if (open) this.show(composer);
  }

  show(composer: Composer): void {
    this.open = composer;
  }

  /** Makes a tab of the open card. */
  minimise(): void {
    void this.open?.flush();
    this.open = undefined;
  }

  /** Puts a message away: it stays among the drafts, unless nothing was written. */
  async close(composer: Composer): Promise<void> {
    if (composer.fresh && !composer.touched) {
      this.#leave(composer);
      await this.#discard(composer);
      return;
    }
    await composer.flush();
    // What can't be saved stays on the screen, with the reason.
    if (composer.state === 'failed') return;
    this.#leave(composer);
    this.snackbar.show({
      kind: 'done',
      text: t('compose.kept'),
      action: { label: t('common.show'), run: () => this.edit(composer.id) },
    });
  }

  /** Throws a draft away, a while after the person said so. */
  async discard(composer: Composer): Promise<void> {
    // What is brought back is everything that was typed.
    const saved = composer.flush();
    this.#leave(composer);
    await saved;
    if (composer.fresh && !composer.touched) return this.#discard(composer);
    const timer = setTimeout(() => void this.#discard(composer), discardDelay);
    this.#doomed.set(composer, timer);
    this.snackbar.show({
      kind: 'done',
      text: t('compose.discarded'),
      action: { label: t('common.undo'), run: () => this.#spare(composer), undoes: true },
    });
  }

  async #spare(composer: Composer): Promise<void> {
    clearTimeout(this.#doomed.get(composer));
    this.#doomed.delete(composer);
    await this.edit(composer.id);
  }

  async #discard(composer: Composer): Promise<void> {
    this.#doomed.delete(composer);
    try {
      await this.api.compose.discard(composer.id);
    } catch (reason) {
      const problem = toProblem(reason);
      if (problem.code !== 'notFound') this.snackbar.fail(problem);
    }
  }

  /** Sends it; the card goes as soon as the message is in the outbox. */
  async send(composer: Composer, asked?: boolean): Promise<void> {
    const submission = await composer.send(asked);
    if (submission === undefined) return;
    this.#leave(composer);
    this.outbox.sending(submission);
  }

  #leave(composer: Composer): void {
    composer.end();
    this.all = this.all.filter((c) => c !== composer);
    if (this.open === composer) this.open = undefined;
  }

  /** Saves everything that is being written: before the window may go. */
  async flush(): Promise<void> {
    await Promise.all(this.all.map((composer) => composer.flush()));
  }
}

/** How long a draft can be brought back: a little longer than the notice stays. In milliseconds. */
const discardDelay = 10_000;
