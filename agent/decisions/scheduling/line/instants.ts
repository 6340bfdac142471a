/** Instants as people write them: ISO 8601. Pure but for the zone of this box. */

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(\.\d{1,3})?)?\s?(Z|[+-]\d\d:?\d\d)?$/;

/** ms since 1970, UTC; without a zone by the clock of this box. Null: it is none, or no calendar has it. */
export function instantOf(text: string): number | null {
  const [, ...parts] = INSTANT.exec(text) ?? [];
  if (parts.length === 0) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(0, 6).map((part) => Number(part ?? 0));
  const ms = Math.round(Number(parts[6] ?? 0) * 1000);
  // A day that the month does not have becomes one of the next.
  const isDay = month >= 1 && month <= 12 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 59) return null;
  const zone = parts[7];
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
  return Date.UTC(year, month - 1, day, hour, minute, second, ms) - offsetOf(zone);
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}
