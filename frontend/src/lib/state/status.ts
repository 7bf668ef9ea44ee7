import type { Account, Id, Phase, Problem } from '../api';

/** What the line at the foot of the sidebar says about all accounts together. */
export interface StatusLine {
  phase: Phase;
  /** The account it is about; with the button that mends it when it needs one. */
  account: Id;
  mailbox: string;
  done: number;
  total: number;
  pending: number;
  lastSync: number;
  problem: Problem | undefined;
}

/** The worse news goes first. */
const gravity: Phase[] = ['needsSignIn', 'failed', 'syncing', 'connecting', 'offline', 'upToDate'];

/** The one line of truth for all accounts; undefined when there is none. */
export function statusLine(accounts: readonly Account[]): StatusLine | undefined {
  const [worst] = accounts
    .map((account) => account.status)
    .sort(
      (a, b) =>
        gravity.indexOf(a.phase) - gravity.indexOf(b.phase) ||
        Number(!!b.problem) - Number(!!a.problem),
    );
  if (!worst) return undefined;
  const synced = accounts.map((a) => a.status.lastSync).filter((ms) => ms > 0);
  return {
    phase: worst.phase,
    account: worst.account,
    mailbox: worst.mailbox,
    done: worst.done,
    total: worst.total,
    pending: accounts.reduce((n, a) => n + a.status.pending, 0),
    lastSync: synced.length > 0 ? Math.min(...synced) : 0,
    problem: worst.problem ?? undefined,
  };
}
