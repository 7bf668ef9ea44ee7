import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import Splitter from './Splitter.svelte';

const onchange = vi.fn<(width: number) => void>();
const capture = vi.fn();

beforeEach(() => {
  // jsdom has no layout and so no pointer capture.
  HTMLElement.prototype.setPointerCapture = capture;
  onchange.mockClear();
  capture.mockClear();
});
afterEach(cleanup);

function place(width = 300) {
  render(Splitter, { width, min: 200, max: 400, label: 'Width', onchange });
  const handle = screen.getByRole('separator', { name: 'Width' });
  return { handle, width: () => Number(handle.getAttribute('aria-valuenow')) };
}

/** A pointer event; jsdom has no PointerEvent of its own that keeps coordinates. */
const pointer = (type: string, clientX: number, button = 0) =>
  Object.assign(new MouseEvent(type, { clientX, button, bubbles: true, cancelable: true }), {
    pointerId: 1,
  });

test.each([
  ['ArrowLeft', 300, 284],
  ['ArrowRight', 300, 316],
  ['Home', 300, 200],
  ['End', 300, 400],
  ['ArrowLeft', 205, 200],
  ['ArrowRight', 395, 400],
])('%s at %i makes it %i', async (key, from, to) => {
  const { handle, width } = place(from);
  await fireEvent.keyDown(handle, { key });
  expect(width()).toBe(to);
  expect(onchange).toHaveBeenCalledExactlyOnceWith(to);
});

test('other keys are left to the window', async () => {
  const { handle, width } = place();
  expect(await fireEvent.keyDown(handle, { key: 'j' })).toBe(true);
  expect(width()).toBe(300);
  expect(onchange).not.toHaveBeenCalled();
});

test('follows the pointer within its bounds and tells when it is let go', async () => {
  const { handle, width } = place();
  await fireEvent(handle, pointer('pointerdown', 500));
  expect(capture).toHaveBeenCalledWith(1);
  await fireEvent(handle, pointer('pointermove', 540));
  expect(width()).toBe(340);
  await fireEvent(handle, pointer('pointermove', 900));
  expect(width()).toBe(400);
  await fireEvent(handle, pointer('pointermove', 450));
  expect(width()).toBe(250);
  expect(onchange).not.toHaveBeenCalled();
  await fireEvent(handle, pointer('lostpointercapture', 450));
  expect(onchange).toHaveBeenCalledExactlyOnceWith(250);
  await fireEvent(handle, pointer('pointermove', 480));
  expect(width()).toBe(250);
});

test('the right button drags nothing', async () => {
  const { handle, width } = place();
  await fireEvent(handle, pointer('pointerdown', 500, 2));
  await fireEvent(handle, pointer('pointermove', 540));
  expect(width()).toBe(300);
});
