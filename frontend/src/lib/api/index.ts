/** The only door to Go. */
export type { Api } from './api';
export { ProblemError, toProblem } from './problem';
export * from './types';
export { wailsApi } from './wails';
