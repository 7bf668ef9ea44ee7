/** Local parts that stand for a task rather than a person. */
const shared = new Set(
  (
    'admin buero contact hallo hello help info kontakt mail office post rechnung sales service ' +
    'support team webmaster'
  ).split(' '),
);

/** "nora.lindqvist@…" gives "Nora Lindqvist"; an address that tells no name gives "". */
export function nameFrom(email: string): string {
  const local = email.slice(0, Math.max(0, email.lastIndexOf('@')));
  const words = local.split(/[._]/).filter((word) => word !== '');
  const telling = words.length >= 2 && words.every((word) => /^\p{L}{2,}(-\p{L}+)*$/u.test(word));
  return telling ? words.map(capitalised).join(' ') : '';
}

function capitalised(word: string): string {
  return word.toLowerCase().replace(/(^|-)\p{L}/gu, (start) => start.toUpperCase());
}

/**
 * Whether a header name looks nothing like its address: no word of it, nor its
 * initials, is in the address. Shared addresses (info@…) and names in another
 * script can't be compared and pass.
 */
export function isStrangeName(name: string, email: string): boolean {
  const address = fold(email);
  const local = address.split('@')[0] ?? '';
  const words: string[] = fold(name).match(/[a-z0-9]+/g) ?? [];
  if (words.length === 0 || local === '' || shared.has(local)) return false;
  if (/[^\p{Script=Latin}\P{L}]/u.test(name)) return false;
  const letters = address.replace(/[^a-z0-9]/g, '');
  const inAddress = words.some((word) => word.length > 1 && letters.includes(word.slice(0, 4)));
  const initials = words.map((word) => word[0]).join('');
  return !inAddress && !local.startsWith(initials) && !words.includes(local);
}

/** Lower case without accents, as addresses are spelled. */
function fold(text: string): string {
  return text
    .toLowerCase()
    .replace(/ä/g, 'ae')
    .replace(/ö/g, 'oe')
    .replace(/ü/g, 'ue')
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
}
