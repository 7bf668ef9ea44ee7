import { expect, test } from 'vitest';
import { maxFrameHeight, readFrameMessage } from './frame';

const read = (data: unknown) => readFrameMessage({ data } as MessageEvent);

test.each([
  [
    { waxwing: 'size', height: 120.4 },
    { waxwing: 'size', height: 121 },
  ],
  [
    { waxwing: 'size', height: 1e9 },
    { waxwing: 'size', height: maxFrameHeight },
  ],
  [
    { waxwing: 'link', url: 'https://example.com/', text: 'here', more: 1 },
    { waxwing: 'link', url: 'https://example.com/', text: 'here' },
  ],
  [
    { waxwing: 'pointed', url: '', text: '' },
    { waxwing: 'pointed', url: '', text: '' },
  ],
  [
    { waxwing: 'key', key: 'e', ctrl: 'yes' },
    { waxwing: 'key', key: 'e', ctrl: false, meta: false, shift: false, alt: false },
  ],
])('%j is understood', (data, want) => {
  expect(read(data)).toEqual(want);
});

test.each([
  null,
  'size',
  42,
  {},
  { waxwing: 'size' },
  { waxwing: 'size', height: NaN },
  { waxwing: 'size', height: -1 },
  { waxwing: 'size', height: '100' },
  { waxwing: 'link', url: 7 },
  { waxwing: 'link', url: 'https://example.com/' },
  { waxwing: 'pointed', url: 'https://example.com/', text: {} },
  { waxwing: 'link', url: `https://example.com/${'a'.repeat(20_000)}`, text: '' },
  { waxwing: 'key' },
  { waxwing: 'open', url: 'https://example.com/' },
])('%j is ignored', (data) => {
  expect(read(data)).toBeUndefined();
});
