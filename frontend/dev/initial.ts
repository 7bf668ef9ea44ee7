import type { Policy, Settings } from '../src/lib/api/types.ts';

/** What a new installation begins with. */

export const initialSettings: Settings = {
  language: '',
  theme: 'system',
  density: 'comfortable',
  background: false,
  sound: true,
  remoteImages: 'ask',
  remoteImageSenders: [],
  paneWidths: {},
};

export const initialPolicy: Policy = {
  path: '/etc/waxwing/policy.json',
  organisation: '',
  help: '',
  helpLink: '',
  locked: [],
  remoteImages: '',
  findings: [],
  assigned: [],
};
