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
  if (ms === 0) return '';
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
  if (ms === 0) return '';
  const date = listDate(ms, now);
  return date === time(ms) ? date : `${date} ${time(ms)}`;
}

/** Everything there is to say about an instant, for a tooltip. */
export function fullDate(ms: number): string {
  return ms === 0 ? '' : formatted(ms, { dateStyle: 'full', timeStyle: 'medium' });
}

/** A calendar day: 12 March 2026. */
export function day(ms: number): string {
  return formatted(ms, { dateStyle: 'long' });
}

/** The day an instant belongs to: Today, Yesterday, a weekday within the week, else the month. */
export function dayName(ms: number, now: number): string {
  const days = daysBetween(ms, now);
  if (days >= 0 && days < 2) {
    const relative = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
    const name = relative.format(-days, 'day');
    return name.charAt(0).toLocaleUpperCase(getLocale()) + name.slice(1);
  }
  if (days > 0 && days < 7) return formatted(ms, { weekday: 'long' });
  return formatted(ms, { month: 'long', year: 'numeric' });
}
