import { getLocale } from '../i18n/index.svelte';

const dayLength = 24 * 60 * 60 * 1000;

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Whole days between the calendar days of two instants, in the local zone. */
function daysBetween(ms: number, now: number): number {
  // Rounded, because a day of a clock change has 23 or 25 hours.
  return Math.round((startOfDay(now) - startOfDay(ms)) / dayLength);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A formatter is costly to make and a list asks for hundreds of dates. */
function formatted(ms: number, options: Intl.DateTimeFormatOptions): string {
  const key = getLocale() + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(getLocale(), options)));
  return format.format(ms);
}

export function time(ms: number): string {
  return formatted(ms, { timeStyle: 'short' });
}

/** A date as people say it in a list: 14:32, Tue, 12 Mar, 12/03/2024. Empty for none. */
export function listDate(ms: number, now: number): string {
  if (ms <= 0) return '';
  const days = daysBetween(ms, now);
  if (days === 0) return time(ms);
  if (days > 0 && days < 7) return formatted(ms, { weekday: 'short' });
  if (new Date(ms).getFullYear() === new Date(now).getFullYear()) {
    return formatted(ms, { day: 'numeric', month: 'short' });
  }
  return formatted(ms, { day: '2-digit', month: '2-digit', year: 'numeric' });
}

/** A date on a message card: 14:32, Tue 14:32, 12 Mar 14:32; with the year when it is another. */
export function cardDate(ms: number, now: number): string {
  if (ms <= 0) return '';
  const date = listDate(ms, now);
  return date === time(ms) ? date : `${date} ${time(ms)}`;
}

/** Everything there is to say about an instant, for a tooltip. */
export function fullDate(ms: number): string {
  return ms <= 0 ? '' : formatted(ms, { dateStyle: 'full', timeStyle: 'medium' });
}

/** The stretch of time an instant belongs to, for grouping; keys of catalogue "mail.group.*". */
export type Stretch = 'today' | 'yesterday' | 'week' | 'month';

/** "Today", "Yesterday", a weekday within the week, else month and year. */
export function stretchOf(ms: number, now: number): Stretch {
  const days = daysBetween(ms, now);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  return days < 7 ? 'week' : 'month';
}

export function weekday(ms: number): string {
  return formatted(ms, { weekday: 'long' });
}

export function monthAndYear(ms: number): string {
  return formatted(ms, { month: 'long', year: 'numeric' });
}
