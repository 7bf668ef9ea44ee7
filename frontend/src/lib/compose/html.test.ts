import { expect, test } from 'vitest';
import { fromEditor, textOf, toEditor } from './html';

const file = { id: '7', name: 'a.png', type: 'image/png', size: 9, contentId: 'x@y' };

test('a picture is loaded from the draft and kept by its content id', () => {
  const kept = '<div>See <img src="cid:x@y" alt="a"></div>';
  const shown = toEditor(kept, 'a1-d5', [file]);
  expect(shown).toContain('src="/mail/draft/file?id=a1-d5&amp;file=7"');
  expect(fromEditor(shown)).toBe('<div>See <img src="cid:x@y" alt="a"></div>');
});

test('a picture that is gone is kept by name, and nothing is asked for', () => {
  const shown = toEditor('<img src="cid:gone@y">', 'a1-d5', [file]);
  expect(shown).not.toContain('src=');
  expect(fromEditor(shown)).toContain('src="cid:gone@y"');
});

test('the text of a body has its lines, without what is quoted in it', () => {
  const html =
    '<div>One</div><div>two<br>three</div><blockquote>four</blockquote><ul><li>five</li></ul>';
  expect(textOf(html).trim().split('\n')).toEqual(['One', 'two', 'three', 'five']);
});
