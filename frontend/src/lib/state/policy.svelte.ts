import type { Api, Policy, PolicyFinding, Settings } from '../api';
import { t, type Key } from '../i18n/index.svelte';
import { Latest } from './latest';

/** What holds until the policy has been read: nothing. */
const none: Policy = {
  path: '',
  organisation: '',
  help: '',
  helpLink: '',
  locked: [],
  remoteImages: '',
  findings: [],
  assigned: [],
};

/** What the organisation set up for this person. */
export class PolicyState {
  value = $state.raw<Policy>(none);
  /** Assigned mailboxes that wait to be connected. */
  waiting = $derived(this.value.assigned.filter((mailbox) => mailbox.account === ''));
  /** The mistakes that the person has seen and put away. */
  #dismissed = $state('');
  /** Whether to tell of mistakes unasked. */
  telling = $derived(
    this.value.findings.length > 0 && JSON.stringify(this.value.findings) !== this.#dismissed,
  );
  readonly #latest = new Latest();

  constructor(private readonly api: Api) {}

  async load(): Promise<void> {
    const policy = await this.#latest.ask(() => this.api.settings.policy());
    if (policy) this.value = policy;
  }

  locks(setting: keyof Settings): boolean {
    return this.value.locked.includes(setting);
  }

  dismiss(): void {
    this.#dismissed = JSON.stringify(this.value.findings);
  }
}

/** Where a mistake is and what it is. A place that is missing means the whole file. */
export function findingText({ line, column, code, args }: PolicyFinding): {
  place: string;
  reason: string;
} {
  return {
    place: line > 0 ? t('policy.place', { line: String(line), column: String(column) }) : '',
    reason: t(`policy.reason.${code}` as Key, args),
  };
}
