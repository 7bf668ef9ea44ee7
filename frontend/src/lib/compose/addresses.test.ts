import { expect, test } from 'vitest';
import { formatAddress, isValid, parseAddresses, withAddresses } from './addresses';

const ada = { name: 'Ada King', email: 'ada@engine.example' };

test.each([
  ['', []],
  ['ada@engine.example', [{ name: '', email: 'ada@engine.example' }]],
  ['Ada King <ada@engine.example>', [ada]],
  ['"King, Ada" <ada@engine.example>', [{ ...ada, name: 'King, Ada' }]],
  ['King, Ada <ada@engine.example>', [{ ...ada, name: 'King, Ada' }]],
  ['"The \\"Ada\\"" <ada@engine.example>', [{ ...ada, name: 'The "Ada"' }]],
  ['mailto:ada@engine.example', [{ name: '', email: 'ada@engine.example' }]],
  [
    'a@x.example, b@x.example; c@x.example\nd@x.example',
    ['a', 'b', 'c', 'd'].map((who) => ({ name: '', email: `${who}@x.example` })),
  ],
  ['<ada@engine.example>,', [{ name: '', email: 'ada@engine.example' }]],
  ['nobody', [{ name: '', email: 'nobody' }]],
  [
    'nobody, ada@engine.example',
    [
      { name: '', email: 'nobody' },
      { name: '', email: 'ada@engine.example' },
    ],
  ],
])('%j holds %j', (text, want) => {
  expect(parseAddresses(text)).toEqual(want);
});

test.each([
  ['ada@engine.example', true],
  ['müller@bücher.example', true],
  ['ada@localhost', true],
  ['ada', false],
  ['ada@', false],
  ['@engine.example', false],
  ['a b@engine.example', false],
  ['a@b@engine.example', false],
  [`${'a'.repeat(250)}@x.example`, false],
])('whether %s is an address: %s', (email, want) => {
  expect(isValid({ name: '', email })).toBe(want);
});

test('an address is written so that it can be read back', () => {
  for (const name of ['', 'Ada King', 'King, Ada', 'The "Ada" \\ King', 'ada@home']) {
    const address = { name, email: 'ada@engine.example' };
    expect(parseAddresses(formatAddress(address))).toEqual([address]);
  }
});

test('nobody gets a message twice', () => {
  const again = { name: '', email: 'ADA@engine.example' };
  const other = { name: '', email: 'grace@navy.example' };
  expect(withAddresses([ada], [again, other, other])).toEqual([ada, other]);
});
