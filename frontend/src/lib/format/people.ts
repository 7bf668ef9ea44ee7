import type { Address } from '../api';

/** What a person is called: the name, else the address. */
export function fullName(a: Address): string {
  return a.name.trim() || a.email;
}

/** Short for a list of several: the given name, or the local part of an address. */
export function shortName(a: Address): string {
  const name = a.name.trim();
  if (name === '') return a.email.split('@')[0] ?? a.email;
  const [family, given] = name.split(',', 2);
  if (given?.trim()) return given.trim();
  return (family ?? name).split(/\s+/)[0] ?? name;
}

/** The people of a thread in one line; "me" stands for one's own addresses. */
export function peopleLine(people: Address[], own: ReadonlySet<string>, me: string): string {
  const isMe = (a: Address) => own.has(a.email.toLowerCase());
  const [only] = people;
  if (only && people.length === 1) return isMe(only) ? me : fullName(only);
  return people.map((a) => (isMe(a) ? me : shortName(a))).join(', ');
}
