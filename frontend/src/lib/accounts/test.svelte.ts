import { toProblem, type AccountForm, type Api, type ProblemError, type TestReport } from '../api';

/** A connection test, live. */
export class ConnectionTest {
  running = $state(false);
  report = $state.raw<TestReport | undefined>();
  /** Why the test could not be made at all. */
  problem = $state.raw<ProblemError | undefined>();
  #run = 0;

  constructor(private readonly api: Api) {}

  get passed(): boolean {
    return !this.running && this.report?.ok === true;
  }

  get failed(): boolean {
    return !this.running && (this.problem !== undefined || this.report?.ok === false);
  }

  /** Tests the servers of a form; undefined when it was cancelled or could not be made. */
  async run(form: AccountForm): Promise<TestReport | undefined> {
    const run = ++this.#run;
    this.running = true;
    this.report = this.problem = undefined;
    const stop = this.api.on('test', (report) => {
      if (run === this.#run) this.report = report;
    });
    try {
      const report = await this.api.accounts.test(form);
      if (run !== this.#run) return undefined;
      this.report = report;
      return report;
    } catch (reason) {
      if (run === this.#run) this.problem = toProblem(reason);
      return undefined;
    } finally {
      stop();
      if (run === this.#run) this.running = false;
    }
  }

  /** Ends a running test and forgets the result. */
  forget(): void {
    if (this.running) void this.api.accounts.cancelTest().catch(() => undefined);
    this.#run++;
    this.running = false;
    this.report = this.problem = undefined;
  }
}
