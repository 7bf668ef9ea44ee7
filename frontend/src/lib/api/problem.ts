import type { Problem } from './types';

/**
 * A failure in terms a person can act on. Its sentence is `error.<code>` in the
 * catalogues, what to do about it `error.<code>.advice`.
 */
export class ProblemError extends Error implements Problem {
  readonly code: string;
  readonly args: Record<string, string>;
  readonly server: string;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = 'ProblemError';
    this.code = problem.code;
    this.args = problem.args;
    this.server = problem.server;
  }
}

/** Whatever a bound method was rejected with, as a problem. */
export function toProblem(reason: unknown): ProblemError {
  if (reason instanceof ProblemError) return reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  return new ProblemError(parse(text) ?? { code: 'internal', args: { detail: text }, server: '' });
}

/** Errors leave Go as JSON text {"code","args","server"}. */
function parse(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { code, args, server } = value as Partial<Problem>;
    if (typeof code !== 'string' || code === '') return undefined;
    return { code, args: args ?? {}, server: server ?? '' };
  } catch {
    return undefined;
  }
}
