import {
  toProblem,
  type Api,
  type Id,
  type ProblemError,
  type SignIn,
  type SignInForm,
  type SignInPrompt,
} from '../api';

export const password: SignIn = {
  method: '',
  provider: '',
  issuer: '',
  tenant: '',
  clientId: '',
  login: '',
};

/** What the providers call themselves; another one is called by its address. */
const names: Record<string, string> = {
  microsoft: 'Microsoft',
  outlook: 'Microsoft',
  google: 'Google',
  yahoo: 'Yahoo',
};

export function providerName({ provider, issuer }: SignIn): string {
  return names[provider] ?? (URL.canParse(issuer) ? new URL(issuer).host : issuer);
}

/** A sign-in at a provider's page, live: in the browser, or by a code on any device. */
export class BrowserSignIn {
  waiting = $state(false);
  prompt = $state.raw<SignInPrompt | undefined>();
  problem = $state.raw<ProblemError | undefined>();
  #run = 0;
  #given = false;

  constructor(private readonly api: Api) {}

  /** Names what the sign-in gave, until the next or stop; undefined when it gave nothing. */
  async signIn(form: SignInForm): Promise<string | undefined> {
    const given = await this.#wait(() => this.api.accounts.signIn(form));
    this.#given ||= given !== undefined;
    return given;
  }

  /** Signs a connected account in again; reports whether that worked. */
  async again(id: Id, form: SignInForm): Promise<boolean> {
    const done = await this.#wait(() => this.api.accounts.signInAgain(id, form).then(() => id));
    return done !== undefined;
  }

  /** Ends the waiting, gives back what no account was saved with, and forgets what went wrong. */
  stop(): void {
    if (this.waiting || this.#given) void this.api.accounts.cancelSignIn().catch(() => undefined);
    this.#run++;
    this.waiting = this.#given = false;
    this.prompt = this.problem = undefined;
  }

  async #wait(begin: () => Promise<string>): Promise<string | undefined> {
    const run = ++this.#run;
    this.waiting = true;
    this.prompt = this.problem = undefined;
    const off = this.api.on('signIn', (prompt) => {
      if (run === this.#run) this.prompt = prompt;
    });
    try {
      const given = await begin();
      return run === this.#run ? given : undefined;
    } catch (reason) {
      if (run === this.#run) this.problem = toProblem(reason);
      return undefined;
    } finally {
      off();
      if (run === this.#run) this.waiting = false;
    }
  }
}
