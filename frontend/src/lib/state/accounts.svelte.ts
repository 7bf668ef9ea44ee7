import type { Account, Api, Id, Status } from '../api';
import { Latest } from './latest';

/** The connected accounts, each with its line of truth. */
export class Accounts {
  all = $state.raw<Account[]>([]);
  /** One's own addresses, in lower case. */
  own: ReadonlySet<string> = $derived(new Set(this.all.map((a) => a.email.toLowerCase())));
  /** False until the first answer. */
  loaded = $state(false);
  readonly #latest = new Latest();
  /** What was told of accounts since they were asked for: newer than the answer. */
  readonly #told = new Map<Id, Status>();

  constructor(private readonly api: Api) {}

  async load(): Promise<void> {
    this.#told.clear();
    const all = await this.#latest.ask(() => this.api.accounts.list());
    if (!all) return;
    this.all = all.map((a) => ({ ...a, status: this.#told.get(a.id) ?? a.status }));
    this.loaded = true;
  }

  find(id: Id): Account | undefined {
    return this.all.find((account) => account.id === id);
  }

  /** What the sidebar calls an account. */
  nameOf(id: Id): string {
    const account = this.find(id);
    return account ? account.label || account.email : '';
  }

  /** The number of the account's colour among the --hue tokens; neighbours differ. */
  hueOf(id: Id): number {
    return (
      (Math.max(
        0,
        this.all.findIndex((account) => account.id === id),
      ) *
        3) %
      8
    );
  }

  setStatus(status: Status): void {
    this.#told.set(status.account, status);
    this.all = this.all.map((a) => (a.id === status.account ? { ...a, status } : a));
  }
}
