import type { StepState, TestReport, TestStep } from '../api';
import type { ServerKind } from './server';

/** The steps of one server, and how far they are together. */
export interface StepGroup {
  kind: ServerKind;
  state: StepState;
  steps: TestStep[];
  /** The step that failed. */
  failure: TestStep | undefined;
}

/** The steps of a report by server. A server that was not asked for has none. */
export function groupsOf(report: TestReport): StepGroup[] {
  return (['imap', 'smtp'] as const)
    .map((kind) =>
      groupOf(
        kind,
        report.steps.filter((s) => s.name.startsWith(`${kind}.`)),
      ),
    )
    .filter((group) => group.steps.length > 0 && group.state !== 'skipped');
}

function groupOf(kind: ServerKind, steps: TestStep[]): StepGroup {
  const failure = steps.find((s) => s.state === 'failed');
  return { kind, steps, failure, state: failure ? 'failed' : together(steps) };
}

function together(steps: TestStep[]): StepState {
  if (steps.every((s) => s.state === 'skipped')) return 'skipped';
  if (steps.every((s) => s.state === 'ok' || s.state === 'skipped')) return 'ok';
  return steps.every((s) => s.state === 'waiting') ? 'waiting' : 'running';
}

/** What may be the fault of one server only: another one is worth a try. */
const ofTheServer = [
  'hostNotFound',
  'refused',
  'timeout',
  'firewall',
  'connectionLost',
  'tlsUntrusted',
  'tlsExpired',
  'tlsWrongHost',
  'tlsFailed',
  'wrongSecurity',
  'noStartTLS',
  'notIMAP',
  'notSMTP',
  'portal',
  'protocol',
  'signInDisabled',
];

/** Whether a problem may go away at another server. */
export function leadsOn(code: string): boolean {
  return ofTheServer.includes(code);
}

/** The part of a step's name after its server: "connect". */
export function stepKey(step: TestStep): string {
  return step.name.slice(step.name.indexOf('.') + 1);
}
