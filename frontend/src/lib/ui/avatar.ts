/** How many --hue-n tokens there are. */
const hues = 8;

/** A hue that stays the same for the same address, 0 to 7. */
export function hueOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const unit of text.trim().toLowerCase()) {
    hash = Math.imul(hash ^ (unit.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash % hues;
}

/** One or two capital letters for a person: "Ada King" and "King, Ada" give AK. */
export function initialsOf(name: string, email: string): string {
  const [family, given] = name.split(',', 2);
  const plain = given?.trim() ? `${given.trim()} ${family ?? ''}` : name;
  const words = plain
    .replace(/\(.*?\)/g, ' ')
    .split(/[\s._-]+/u)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const source = words.length > 0 ? words : [email.replace(/^[^\p{L}\p{N}]+/u, '')];
  const first = letter(source[0]);
  const last = source.length > 1 ? letter(source[source.length - 1]) : '';
  return /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(first)
    ? first
    : first + last;
}

function letter(word: string | undefined): string {
  return ([...(word ?? '')][0] ?? '').toLocaleUpperCase();
}
