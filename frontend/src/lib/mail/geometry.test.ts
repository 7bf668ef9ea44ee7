import { describe, expect, test } from 'vitest';
import { geometryOf, maxHeight, ratioOf, scrollTo, visibleRows } from './geometry';

const rowHeight = 76;
const viewport = 760;

describe('a list of ten thousand', () => {
  const at = (scrollTop: number) => ({ total: 10_000, rowHeight, viewport, scrollTop });

  test('is as high as its rows, so that the scrollbar is honest', () => {
    expect(geometryOf(at(0)).height).toBe(760_000);
    expect(ratioOf(at(0))).toBe(1);
  });

  test.each([
    [0, 0, 9],
    [1, 0, 10],
    [76, 1, 10],
    [759_240, 9_990, 9_999],
  ])('scrolled by %d shows rows %d to %d', (scrollTop, first, last) => {
    expect(visibleRows(at(scrollTop))).toEqual({ first, last });
  });

  test('draws what is seen and little more, in its place', () => {
    const { first, end, top } = geometryOf(at(7_600));
    expect(first).toBeLessThan(100);
    expect(end).toBeGreaterThan(110);
    expect(end - first).toBeLessThan(40);
    expect(top).toBe(first * rowHeight);
  });

  test.each([
    [0, 5, 0],
    [0, 10, 76],
    [7_600, 50, 3_800],
    [7_600, 105, 7_600],
  ])('scrolled by %d goes to row %d by scrolling to %d', (scrollTop, row, want) => {
    expect(scrollTo(at(scrollTop), row)).toBe(want);
  });
});

describe('a list of a million', () => {
  const total = 1_000_000;
  const at = (scrollTop: number) => ({ total, rowHeight, viewport, scrollTop });

  test('fits into what a browser can scroll', () => {
    expect(geometryOf(at(0)).height).toBe(maxHeight);
  });

  test('begins with the first row and ends with the last', () => {
    expect(visibleRows(at(0)).first).toBe(0);
    expect(visibleRows(at(maxHeight - viewport)).last).toBe(total - 1);
  });

  test('draws the rows where they are seen', () => {
    const scrollTop = 12_345_678;
    const { first, top } = geometryOf(at(scrollTop));
    const { first: seen } = visibleRows(at(scrollTop));
    const place = top + (seen - first) * rowHeight;
    expect(place).toBeLessThanOrEqual(scrollTop);
    expect(place).toBeGreaterThan(scrollTop - rowHeight);
  });

  test('brings any row into view', () => {
    for (const row of [0, 1, 499_999, 999_999]) {
      const scrollTop = scrollTo(at(5_000_000), row);
      const { first, last } = visibleRows(at(scrollTop));
      expect(row).toBeGreaterThanOrEqual(first);
      expect(row).toBeLessThanOrEqual(last);
    }
  });
});

test('an empty list draws nothing', () => {
  expect(geometryOf({ total: 0, rowHeight, viewport, scrollTop: 0 })).toEqual({
    height: 0,
    first: 0,
    end: 0,
    top: 0,
  });
});
