import { expect, test } from 'vitest';
import { mentionsAttachment } from './mention';

test.each([
  ['The plan is attached.', true],
  ['See the attachment', true],
  ['Please find enclosed', true],
  ['Anbei der Plan', true],
  ['Den Plan finden Sie im Anhang.', true],
  ['die angehängten Dateien', true],
  ['Die Rechnung ist beigefügt', true],
  ['', false],
  ['I grew attachés', false],
  ['Anhänglichkeit ist schön', false],
  ['> The plan is attached.\nThank you', false],
])('%j speaks of an attachment: %s', (text, want) => {
  expect(mentionsAttachment(text)).toBe(want);
});
