/** Beginnings of words by which a text speaks of an attachment, in every language of ours. */
const words = [
  'attach(ed|ment|ments|ing)?',
  'enclosed',
  'enclosing',
  'anbei',
  'anhang',
  'anhänge',
  'angehängt\\p{L}*',
  'beigefügt\\p{L}*',
  'anliegend\\p{L}*',
  'beiliegend\\p{L}*',
];

const mention = new RegExp(`(?<![\\p{L}\\p{N}])(${words.join('|')})(?![\\p{L}\\p{N}])`, 'iu');

/** Whether a text speaks of an attachment. Lines that quote another message don't count. */
export function mentionsAttachment(text: string): boolean {
  const own = text
    .split('\n')
    .filter((line) => !/^\s*>/.test(line))
    .join('\n');
  return mention.test(own);
}
