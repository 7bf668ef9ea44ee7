import { toProblem, type Api, type Discovery, type Problem, type ProviderId } from '../api';
import { isAddress, type ConnectionForm } from './form.svelte';

/** How long nothing must be typed before an address is taken as complete, in milliseconds. */
const pause = 600;

/**
 * Finds the servers of the address in a form while the person types on, and fills
 * in what needs no caution. What the person typed or chose stays as it is.
 */
export class ServerDiscovery {
  running = $state(false);
  /** What was found or chosen for the address as it is now. */
  found = $state.raw<Discovery | undefined>();
  problem = $state.raw<Problem | undefined>();
  /** The provider that the person chose by hand. */
  chosen = $state<ProviderId | undefined>();
  /** Whether the person decided about a cautioned answer, and how. */
  decision = $state<'taken' | 'refused' | undefined>();
  #address = '';
  #run = 0;
  #asking: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly form: ConnectionForm,
  ) {}

  /** Whether the person must decide before the answer is used. */
  get asks(): boolean {
    return (this.found?.cautions.length ?? 0) > 0 && this.decision === undefined;
  }

  /** Whether only the person can tell the servers. */
  get needsServers(): boolean {
    if (this.needsExchange) return true;
    if (this.problem) return this.problem.code !== 'policy'; // other servers wouldn't help
    if (this.decision === 'refused') return true;
    return this.found !== undefined && this.found.imap.host === '';
  }

  /** The address was changed: it is looked up when the person pauses. */
  watch(email: string): void {
    const address = email.trim();
    if (address === this.#address) return;
    const sameDomain = domainOf(address) === domainOf(this.#address);
    this.#stop();
    this.#address = address;
    if (!sameDomain && this.chosen === undefined) {
      this.found = this.problem = this.decision = undefined;
      this.form.withdraw();
    }
    if (isPublicAddress(address)) this.#timer = setTimeout(() => void this.hurry(), pause);
  }

  /** The address is complete, since the person goes on; resolves when its answer is there. */
  hurry(): Promise<void> {
    if (this.#timer !== undefined) this.#asking = this.#ask();
    return this.#asking;
  }

  /** The person chose a provider by hand; no later answer changes that. */
  async choose(provider: ProviderId): Promise<void> {
    this.#stop();
    this.chosen = provider;
    const run = this.#run;
    try {
      const found = await this.api.accounts.byProvider(provider, this.#address);
      if (run !== this.#run) return;
      this.found = found;
      this.problem = this.decision = undefined;
      this.form.replace(found);
    } catch (reason) {
      if (run === this.#run) this.problem = toProblem(reason);
    }
  }

  /** Whether an Exchange server has to be named, since nobody says where it is. */
  get needsExchange(): boolean {
    return this.found?.provider === 'exchange' && this.found.imap.host === '';
  }

  /** Looks at the Exchange server that the person named for its mail services. */
  async atExchange(server: string): Promise<void> {
    this.#stop();
    const run = this.#run;
    this.running = true;
    this.problem = undefined;
    try {
      const found = await this.api.accounts.atExchange(server.trim(), this.#address);
      if (run !== this.#run) return;
      this.found = found;
      this.chosen = 'exchange';
      this.form.replace(found);
    } catch (reason) {
      if (run === this.#run) this.problem = toProblem(reason);
    } finally {
      if (run === this.#run) this.running = false;
    }
  }

  /** The person uses a cautioned answer, or rather types the servers. */
  decide(decision: 'taken' | 'refused'): void {
    this.decision = decision;
    if (decision === 'taken' && this.found) this.form.propose(this.found);
  }

  /** Ends what runs. */
  forget(): void {
    this.#stop();
  }

  async #ask(): Promise<void> {
    this.#stop();
    const run = this.#run;
    this.running = this.chosen === undefined;
    try {
      const found = this.chosen
        ? await this.api.accounts.byProvider(this.chosen, this.#address)
        : await this.api.accounts.discover(this.#address);
      if (run !== this.#run) return;
      this.found = found;
      this.problem = this.decision = undefined;
      if (found.cautions.length === 0) this.form.propose(found);
    } catch (reason) {
      if (run !== this.#run) return;
      this.found = this.decision = undefined;
      this.problem = toProblem(reason);
    } finally {
      if (run === this.#run) this.running = false;
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#run++;
    if (this.running) void this.api.accounts.cancelDiscovery().catch(() => undefined);
    this.running = false;
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}

/** Whether the domain can be looked up: it has a dot. */
function isPublicAddress(address: string): boolean {
  return isAddress(address) && domainOf(address).includes('.');
}
