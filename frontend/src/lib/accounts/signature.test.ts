import { expect, test } from 'vitest';
import { fillSignature, linkFrom, signatureIn } from './signature';

function filled(html: string): HTMLElement {
  const element = document.createElement('div');
  fillSignature(element, html);
  return element;
}

test.each([
  '<div>Ada <b>M.</b></div><div><br></div><div><a href="https://fernhill.example/">site</a></div>',
  '<div><b>a<i>b</i></b> &lt;c&gt;</div>',
  '',
])('what Go keeps is edited as it is: %s', (html) => {
  expect(filled(html).innerHTML).toBe(html);
});

test('nothing but text, marks, links and lines gets into the page', () => {
  const hostile =
    '<p onclick="x()">a<img src=x onerror="x()"></p><script>x()</script>' +
    '<a href="javascript:x()" style="position:fixed">b</a><svg><a href="//c">c</a></svg>';
  expect(filled(hostile).innerHTML).toBe('ax()<a>b</a>');
});

test.each([
  ['https://fernhill.example/x?y=1', 'https://fernhill.example/x?y=1'],
  [' fernhill.example ', 'https://fernhill.example'],
  ['fernhill.example:8080/a', 'https://fernhill.example:8080/a'],
  ['ada@fernhill.example', 'mailto:ada@fernhill.example'],
  ['tel:+49123', 'tel:+49123'],
  ['javascript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['my site', undefined],
  ['', undefined],
])('the link %j leads to %j', (typed, href) => {
  expect(linkFrom(typed)).toBe(href);
});

test('a signature of nothing to see is none', () => {
  expect(signatureIn(filled('<div><br></div><div> </div>'))).toBe('');
});
