/**
 * What the document of a message's body may tell its parent. The frame has an
 * opaque origin, so the parent checks who sent a message, never from where.
 */
export type FrameMessage =
  | { waxwing: 'size'; height: number }
  | { waxwing: 'link'; url: string }
  | { waxwing: 'key'; key: string; ctrl: boolean; meta: boolean; shift: boolean; alt: boolean };

/** Taller frames scroll inside; a mail must not make the window endless. In pixels. */
export const maxFrameHeight = 60_000;

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
      return typeof m['url'] === 'string' && isSafeLink(m['url'])
        ? { waxwing: 'link', url: m['url'] }
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

/** Only these leave the application; Go checks again. */
export function isSafeLink(url: string): boolean {
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(url).protocol);
  } catch {
    return false;
  }
}
