/** A SHA-256 as certificate viewers print it, in pairs: "3A:F0:…". */
export function fingerprint(sha256: string): string {
  return (sha256.match(/../g) ?? []).join(':').toUpperCase();
}

/**
 * A certificate's subject or issuer as a person reads it: the common name with
 * the organisation, of a distinguished name like "CN=mail.example.com,O=Example".
 */
export function readableName(distinguished: string): string {
  const parts = new Map<string, string>();
  for (const part of distinguished.split(/(?<!\\)[,+]/)) {
    const [key = '', ...value] = part.split('=');
    const name = key.trim().toUpperCase();
    if (!parts.has(name)) parts.set(name, value.join('=').replace(/\\(.)/g, '$1').trim());
  }
  const common = parts.get('CN') ?? '';
  const organisation = parts.get('O') ?? '';
  if (common === '' || organisation === '') return common || organisation || distinguished;
  return common === organisation ? common : `${common} (${organisation})`;
}
