import {
  toProblem,
  type Api,
  type ProblemError,
  type TestReport,
  type Verification,
  type VerifyReport,
} from '../api';

/** A verification, live. */
export class Verifier {
  running = $state(false);
  report = $state.raw<TestReport | undefined>();
  outcome = $state.raw<Verification | undefined>();
  /** Why it could not be made at all. */
  problem = $state.raw<ProblemError | undefined>();
  #run = 0;

  constructor(private readonly api: Api) {}

  /** Runs what is given: the verification of a form or of an account. */
  async run(verify: (api: Api['verification']) => Promise<VerifyReport>): Promise<void> {
    const run = ++this.#run;
    this.running = true;
    this.report = this.outcome = this.problem = undefined;
    const stop = this.api.on('verify', (report) => {
      if (run === this.#run) this.report = report;
    });
    try {
      const { report, outcome } = await verify(this.api.verification);
      if (run !== this.#run) return;
      this.report = report;
      this.outcome = outcome;
    } catch (reason) {
      if (run === this.#run) this.problem = toProblem(reason);
    } finally {
      stop();
      if (run === this.#run) this.running = false;
    }
  }

  /** Asks to stop; what was sent is still removed before the run ends. */
  async stop(): Promise<void> {
    if (this.running) await this.api.verification.cancel().catch(() => undefined);
  }

  /** Stops, and forgets the result. */
  forget(): void {
    void this.stop();
    this.#run++;
    this.running = false;
    this.report = this.outcome = this.problem = undefined;
  }
}
