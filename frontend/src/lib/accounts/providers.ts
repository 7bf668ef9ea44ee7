import type { ProviderId } from '../api';

/** The providers to choose from, in the order of their cards. */
export const providerIds: readonly ProviderId[] = [
  'microsoft',
  'google',
  'outlook',
  'yahoo',
  'icloud',
  'exchange',
  'other',
];
