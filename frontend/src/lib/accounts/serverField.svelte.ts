import type { Security, Server } from '../api';
import {
  isOwnComputer,
  parseServer,
  showServer,
  usualPort,
  usualSecurity,
  type ServerKind,
  type ServerMistake,
} from './server';

/**
 * One server of a form: "host:port" in one text, and its protection. What the
 * person typed or chose is never replaced by a suggestion: the port follows the
 * protection, and the protection the port, only until they are set by hand.
 */
export class ServerField {
  text = $state('');
  security = $state<Security>('tls');
  /** Whether the person accepted that others can read what is sent. */
  plainAccepted = $state(false);
  #typed = $state(false);
  #portTyped = false;
  #securityChosen = false;
  /** Servers to try when this one fails, the best first. */
  #others = $state.raw<readonly Server[]>([]);
  #trusted = $state.raw({ server: '', sha256: '' });

  constructor(readonly kind: ServerKind) {}

  readonly #parsed = $derived.by(() => parseServer(this.text, this.kind));

  get mistake(): ServerMistake | undefined {
    return typeof this.#parsed === 'string' ? this.#parsed : undefined;
  }

  get host(): string {
    return typeof this.#parsed === 'string' ? '' : this.#parsed.host;
  }

  get port(): number {
    const typed = typeof this.#parsed === 'string' ? undefined : this.#parsed.port;
    return typed ?? usualPort(this.kind, this.security);
  }

  /** A connection that others could read, unless it stays inside this computer. */
  get exposed(): boolean {
    return this.security === 'none' && this.host !== '' && !isOwnComputer(this.host);
  }

  /** The server for Go; an empty one while the text is none. */
  get value(): Server {
    const { host, port, security } = this;
    const here = showServer({ host, port });
    const trusted = this.#trusted.server === here ? this.#trusted.sha256 : '';
    return { host, port, security, trusted };
  }

  /** Fills in a stored server. */
  load(server: Server): void {
    this.text = showServer(server);
    this.security = server.security;
    this.#portTyped = this.#securityChosen = this.#typed = server.host !== '';
    this.plainAccepted = server.security === 'none';
    this.trust(server.trusted);
  }

  /** Fills in a guess, unless the person typed something. */
  suggest(server: Server): void {
    if (this.#typed || server.host === '') return;
    this.text = showServer(server);
    this.#portTyped = false;
    if (!this.#securityChosen) this.security = server.security;
    else this.#followSecurity();
  }

  /** What else was found for the address, the best first. */
  offer(others: readonly Server[]): void {
    this.#others = others;
  }

  /** The server to try next, if there is one that differs. */
  get next(): Server | undefined {
    const { host, port, security } = this;
    return this.#others.find((s) => s.host !== host || s.port !== port || s.security !== security);
  }

  /** Takes the next server in place of this one, which is not offered again. */
  takeNext(): void {
    const { next } = this;
    if (!next) return;
    this.#others = this.#others.slice(this.#others.indexOf(next) + 1);
    this.replace(next);
    this.plainAccepted = false;
  }

  /** Fills in the server of a choice by hand, in place of what was typed. */
  replace(server: Server): void {
    this.#typed = this.#securityChosen = false;
    this.suggest(server);
  }

  /** Takes a suggestion back. */
  withdraw(): void {
    this.#others = [];
    if (!this.#typed) this.text = '';
  }

  /** The person changed the text. */
  typed(): void {
    this.#typed = this.text.trim() !== '';
    if (!this.#typed) this.#portTyped = false;
  }

  /** The person left the field: a pasted form becomes "host:port". */
  settle(): void {
    const parsed = this.#parsed;
    if (typeof parsed === 'string') return;
    const wanted = parsed.security;
    if (wanted !== undefined) this.security = wanted;
    else if (parsed.port !== undefined && !this.#securityChosen && this.#typed) {
      this.security = usualSecurity(this.kind, parsed.port) ?? this.security;
    }
    if (
      this.#typed &&
      parsed.port !== undefined &&
      parsed.port !== usualPort(this.kind, this.security)
    ) {
      this.#portTyped = true;
    }
    this.text = showServer({ host: parsed.host, port: this.port });
  }

  /** The person chose a protection. */
  protect(security: Security): void {
    this.security = security;
    this.#securityChosen = true;
    this.#followSecurity();
  }

  /** Changes the protection on the same port: the server said that this one fits. */
  correct(security: Security): void {
    this.settle();
    this.security = security;
    this.#securityChosen = this.#portTyped = true;
  }

  /** The person chose one of the usual ports, which say how they are protected. */
  usePort(port: number): void {
    this.text = showServer({ host: this.host, port });
    this.security = usualSecurity(this.kind, port) ?? this.security;
    this.#portTyped = false;
    this.#typed = true;
  }

  /** Accepts a certificate for this host and port; "" takes that back. */
  trust(sha256: string): void {
    this.#trusted = { server: showServer({ host: this.host, port: this.port }), sha256 };
  }

  #followSecurity(): void {
    if (this.#portTyped || this.host === '') return;
    this.text = showServer({ host: this.host, port: usualPort(this.kind, this.security) });
  }
}
