import type { Address } from '../api';

/** Good enough to be sent to; what the server thinks of it, it says itself. */
const address = /^[^\s@<>(),;:"]+@[^\s@<>(),;:"]+$/u;

export function isValid({ email }: Address): boolean {
  return address.test(email) && email.length <= 254;
}

/** Where a list of addresses is parted: at commas, semicolons and line ends outside quotes and brackets. */
function parts(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '\\' && quoted) i++;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '<' || c === '>')) bracketed = c === '<';
    else if (!quoted && !bracketed && /[,;\n\r]/.test(c ?? '')) {
      found.push(text.slice(start, i));
      start = i + 1;
    }
  }
  found.push(text.slice(start));
  return found.map((part) => part.trim()).filter((part) => part !== '');
}

/** One typed or pasted address: `ada@x.example`, `Ada King <ada@x.example>`, `"King, Ada" <…>`. */
function parseOne(text: string): Address {
  const bracket = /^(.*?)<([^<>]*)>[^<>]*$/s.exec(text);
  if (!bracket) return { name: '', email: text.replace(/^mailto:/i, '') };
  const name = (bracket[1] ?? '').trim();
  const quoted = /^"(.*)"$/s.exec(name);
  return {
    name: quoted ? (quoted[1] ?? '').replace(/\\(.)/gs, '$1') : name,
    email: (bracket[2] ?? '').trim().replace(/^mailto:/i, ''),
  };
}

/** The addresses in what was typed or pasted. Names with a comma may come unquoted, as from Outlook. */
export function parseAddresses(text: string): Address[] {
  const found: Address[] = [];
  let before = '';
  for (const part of parts(text)) {
    // "King, Ada <ada@x.example>" was parted within the name.
    const whole = before === '' ? part : `${before}, ${part}`;
    const parsed = parseOne(part);
    if (before !== '' && part.includes('<')) {
      found.push({ ...parsed, name: `${before}, ${parsed.name}` });
      before = '';
    } else if (isValid(parsed) || part.includes('<')) {
      if (before !== '') found.push(parseOne(before));
      found.push(parsed);
      before = '';
    } else {
      before = whole;
    }
  }
  if (before !== '') found.push(parseOne(before));
  return found;
}

/** As it is written in a header or a text field. */
export function formatAddress({ name, email }: Address): string {
  if (name.trim() === '') return email;
  const needsQuotes = /[",;:<>()@[\]\\.]/.test(name);
  return `${needsQuotes ? `"${name.replace(/["\\]/g, '\\$&')}"` : name} <${email}>`;
}

/** The list with more added, each address once. */
export function withAddresses(list: readonly Address[], more: readonly Address[]): Address[] {
  const known = new Set(list.map((a) => a.email.toLowerCase()));
  const added = more.filter((a) => {
    const key = a.email.toLowerCase();
    return !known.has(key) && known.add(key);
  });
  return [...list, ...added];
}
