import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, test } from 'vitest';
import { catalogues, languages, lookUp, type Sentence } from './catalogues';

const root = join(import.meta.dirname, '../../..');

function sources(): { file: string; text: string }[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(svelte|ts)$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => ({ file, text: readFileSync(join(root, 'src', file), 'utf8') }));
}

function keysOf(language: 'en' | 'de'): string[] {
  return Object.entries(catalogues[language])
    .flatMap(([area, texts]) => Object.keys(texts).map((name) => `${area}.${name}`))
    .sort();
}

function forms(sentence: Sentence | undefined): string[] {
  return typeof sentence === 'string' ? [sentence] : Object.values(sentence ?? {});
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1] ?? '').sort();
}

describe('the catalogues', () => {
  test('have the same keys', () => {
    expect(keysOf('de')).toEqual(keysOf('en'));
  });

  test.each(keysOf('en'))('say %s with the same placeholders in every language', (key) => {
    const english = placeholders(forms(lookUp('en', key)).at(-1) ?? '');
    for (const language of languages) {
      const texts = forms(lookUp(language, key));
      expect(texts.length).toBeGreaterThan(0);
      for (const text of texts) {
        expect(text.trim(), `${language} ${key}`).not.toBe('');
        // The singular may leave its number out: "Conversation archived."
        const singular = texts.length > 1 && text === texts[0];
        const found = new Set([...placeholders(text), ...(singular ? ['count'] : [])]);
        expect([...found].sort(), `${language} ${key}`).toEqual(english);
      }
    }
  });

  test('have a form for every plural category of their language', () => {
    for (const language of languages) {
      const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories.sort();
      for (const key of keysOf(language)) {
        const sentence = lookUp(language, key);
        if (typeof sentence === 'string' || !sentence) continue;
        expect(Object.keys(sentence).sort(), `${language} ${key}`).toEqual(categories);
      }
    }
  });

  test('have a sentence and advice for every code of the Go side', () => {
    const go = readFileSync(join(root, '../backend/mail/error.go'), 'utf8');
    const codes = [...go.matchAll(/^\tCode\w+\s+Code = "(\w+)"/gm)].map((m) => m[1] ?? '');
    expect(codes.length).toBeGreaterThan(20);
    const missing = codes
      .flatMap((code) => [`error.${code}`, `error.${code}.advice`])
      .filter((key) => lookUp('en', key) === undefined);
    expect(missing).toEqual([]);
  });
});

describe('the source', () => {
  const areas = Object.keys(catalogues.en).join('|');
  const quoted = new RegExp(`['"\`]((?:${areas})\\.[\\w.]+)['"\`]`, 'g');
  /** Keys put together at run time begin with one of these. */
  const composed = new RegExp(`\`((?:${areas})\\.[\\w.]*)\\$\\{`, 'g');

  const used = new Set<string>();
  const prefixes = new Set<string>();
  for (const { text } of sources()) {
    // "mail.example.com" is a server, not a key.
    for (const [, key = ''] of text.matchAll(quoted)) if (!key.endsWith('.com')) used.add(key);
    for (const m of text.matchAll(composed)) prefixes.add(m[1] ?? '');
  }

  test('uses only keys that exist', () => {
    const unknown = [...used].filter((key) => lookUp('en', key) === undefined);
    expect(unknown).toEqual([]);
  });

  test('uses every key there is', () => {
    const idle = keysOf('en').filter(
      (key) => !used.has(key) && ![...prefixes].some((prefix) => key.startsWith(prefix)),
    );
    expect(idle).toEqual([]);
  });

  const components = sources().filter(({ file }) => file.endsWith('.svelte'));

  test.each(components)('holds no text in the markup of $file', ({ text }) => {
    expect(literals(parse(text, { modern: true }).fragment)).toEqual([]);
  });

  test('finds text in markup', () => {
    const found = (markup: string) => literals(parse(markup, { modern: true }).fragment);
    expect(found('<p>Hello</p>')).toEqual(['Hello']);
    expect(found('{#if x}<input placeholder="Name" />{/if}')).toEqual(['Name']);
    expect(found('<p title={t("mail.to")}>{x} · {y}</p>')).toEqual([]);
  });
});

/** Attributes whose text a person sees or hears. */
const spoken = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label']);

/** Every text with a letter that stands in markup. A lone key like "/" needs no translation. */
function literals(node: AST.Fragment | AST.SvelteNode): string[] {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null) return;
    const n = value as { type?: string; name?: string; data?: string; value?: unknown };
    if (n.type === 'Comment' || n.type === 'StyleSheet' || n.type === 'Script') return;
    const silent =
      n.type === 'StyleDirective' || (n.type === 'Attribute' && !spoken.has(n.name ?? ''));
    if (silent) return visitCode(n.value);
    if (n.type === 'Text' && /\p{L}/u.test(n.data ?? '')) found.push((n.data ?? '').trim());
    Object.entries(n).forEach(([key, child]) => key !== 'metadata' && visit(child));
  };
  // Attribute values may hold snippets and expressions, but their text is code.
  const visitCode = (value: unknown): void => {
    if (Array.isArray(value)) value.filter((v) => v?.type !== 'Text').forEach(visit);
  };
  visit(node);
  return found;
}
