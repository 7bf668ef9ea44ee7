import { expect, test } from 'vitest';
import type { ThreadRow } from '../api';
import { Rows } from './rows';

const row = (id: string): ThreadRow => ({ id, subject: id }) as ThreadRow;
const page = (...ids: string[]) => ids.map(row);
const layout = (rows: Rows) => rows.entries().map(([place, r]) => `${place}:${r.id}`);

test('pages stand at their places', () => {
  const rows = new Rows().with(0, page('a', 'b')).with(100, page('x'));
  expect(layout(rows)).toEqual(['0:a', '1:b', '100:x']);
  expect(rows.indexOf('x')).toBe(100);
  expect(rows.at(50)).toBeUndefined();
});

test('a thread that moved stands only where it is now', () => {
  const rows = new Rows().with(0, page('a', 'b', 'c')).with(0, page('c', 'a', 'b'));
  expect(layout(rows)).toEqual(['0:c', '1:a', '2:b']);
  const across = new Rows().with(0, page('a', 'b')).with(2, page('b', 'd'));
  expect(layout(across)).toEqual(['0:a', '2:b', '3:d']);
});

test('rows below a gap move up by what was taken out above', () => {
  const rows = new Rows().with(0, page('a', 'b', 'c')).with(100, page('x', 'y'));
  expect(layout(rows.without(new Set(['b', 'x'])))).toEqual(['0:a', '1:c', '99:y']);
});

test('a change touches the named rows only', () => {
  const rows = new Rows().with(0, page('a', 'b'));
  const next = rows.changed(['b', 'gone'], () => ({ subject: 'new' }));
  expect(next.at(1)?.subject).toBe('new');
  expect(next.at(0)).toBe(rows.at(0));
  expect(rows.at(1)?.subject).toBe('b');
});
