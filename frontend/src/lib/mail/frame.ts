/**
 * What the document of a message's body may tell its parent. The frame has an
 * opaque origin, so the parent checks who sent a message, never from where.
 */
export type FrameMessage =
  | { waxwing: 'size'; height: number }
  | { waxwing: 'link'; url: string; text: string }
  /** What the pointer or the keyboard is at; an empty url for nothing. */
  | { waxwing: 'pointed'; url: string; text: string }
  | { waxwing: 'key'; key: string; ctrl: boolean; meta: boolean; shift: boolean; alt: boolean };

/** Taller frames scroll inside; a mail must not make the window endless. In pixels. */
export const maxFrameHeight = 60_000;

/** A longer address or text comes from no frame of ours. In UTF-16 units. */
const longestText = 16_384;

/** A frame's message with every field checked; undefined for anything else. */
export function readFrameMessage(event: MessageEvent): FrameMessage | undefined {
  const data: unknown = event.data;
  if (typeof data !== 'object' || data === null) return undefined;
  const m = data as Record<string, unknown>;
  switch (m['waxwing']) {
    case 'size': {
      const height = m['height'];
      if (typeof height !== 'number' || !Number.isFinite(height) || height < 0) return undefined;
      return { waxwing: 'size', height: Math.min(Math.ceil(height), maxFrameHeight) };
    }
    case 'link':
    case 'pointed':
      // Go decides what may be opened, and says so.
      return isText(m['url']) && isText(m['text'])
        ? { waxwing: m['waxwing'], url: m['url'], text: m['text'] }
        : undefined;
    case 'key':
      return typeof m['key'] === 'string'
        ? {
            waxwing: 'key',
            key: m['key'],
            ctrl: m['ctrl'] === true,
            meta: m['meta'] === true,
            shift: m['shift'] === true,
            alt: m['alt'] === true,
          }
        : undefined;
    default:
      return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestText;
}
