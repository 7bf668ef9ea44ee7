import { expect, test } from 'vitest';
import { isSafeLink, maxFrameHeight, readFrameMessage } from './frame';

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
    { waxwing: 'link', url: 'https://example.com/' },
    { waxwing: 'link', url: 'https://example.com/' },
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
  { waxwing: 'link', url: 'javascript:alert(1)' },
  { waxwing: 'key' },
  { waxwing: 'open', url: 'https://example.com/' },
])('%j is ignored', (data) => {
  expect(read(data)).toBeUndefined();
});

test.each([
  ['https://example.com', true],
  ['mailto:ada@example.com', true],
  ['HTTP://example.com', true],
  ['javascript:alert(1)', false],
  ['file:///etc/passwd', false],
  ['data:text/html,x', false],
  ['wails://wails/', false],
  ['/mail/body?id=1', false],
  ['', false],
])('%s may leave the application: %s', (url, want) => {
  expect(isSafeLink(url)).toBe(want);
});
