import { toProblem, type Api, type LinkTarget } from '../api';
import { explain, t } from '../i18n/index.svelte';
import type { Snackbar } from './snackbar.svelte';

/** A link that leads elsewhere than its text says, while the question stands. */
export interface Misleading {
  url: string;
  target: LinkTarget;
}

/** Links of messages: where they lead, and opening them. */
export class Links {
  /** Where the link under the pointer or the keyboard leads. */
  pointed = $state.raw<LinkTarget | undefined>();
  asking = $state.raw<Misleading | undefined>();
  #last = 0;

  constructor(
    private readonly api: Api,
    private readonly snackbar: Snackbar,
    /** Writes to the address of a link. */
    private readonly write: (mailto: string) => void,
  ) {}

  /** Shows where a link leads; nothing for an empty url. */
  async point(url: string, text: string): Promise<void> {
    const mine = ++this.#last;
    // What can't be opened says so when it is clicked.
    const target =
      url === '' ? undefined : await this.api.system.inspectLink(url, text).catch(() => undefined);
    if (mine === this.#last) this.pointed = target;
  }

  /** Opens a link, or a message to its address; asks first when its text names another site. */
  async follow(url: string, text: string): Promise<void> {
    try {
      const target = await this.api.system.inspectLink(url, text);
      if (target.claimed !== '') this.asking = { url, target };
      else await this.#open(url);
    } catch (reason) {
      this.#fail(url, reason);
    }
  }

  /** Opens the link that was asked about. */
  async openAnyway(): Promise<void> {
    const { asking } = this;
    this.asking = undefined;
    if (!asking) return;
    try {
      await this.#open(asking.url);
    } catch (reason) {
      this.#fail(asking.url, reason);
    }
  }

  /** Mail is written here; everything else is another program's. */
  async #open(url: string): Promise<void> {
    if (/^mailto:/i.test(url)) this.write(url);
    else await this.api.system.openLink(url);
  }

  /** Says why a link wasn't opened; what no program took can be copied. */
  #fail(url: string, reason: unknown): void {
    const problem = toProblem(reason);
    if (problem.code !== 'noProgram') return this.snackbar.fail(problem);
    const { sentence, advice } = explain(problem);
    this.snackbar.show({
      text: sentence,
      detail: advice,
      kind: 'problem',
      action: { label: t('mail.copyLink'), run: () => navigator.clipboard.writeText(url) },
    });
  }
}
