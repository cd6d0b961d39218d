const BARE_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{0,7}))?(Z|[+\- ]\d{2}:\d{2})?$/;

/** As instants are stored, on a day that every month has. */
export const STORED = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Instants are kept as `YYYY-MM-DDTHH:mm:ss.sssZ`, so they compare as text. */
export const toIso = (atMs: number): string => new Date(atMs).toISOString();

export const isBareDate = (text: string): boolean => BARE_DATE.test(text);

/** Milliseconds of a strict `YYYY-MM-DDTHH:mm:ss` in UTC; 30 February and 25:00 are refused rather than carried over. */
export function parseUtcSeconds(text: string): number | null {
  const atMs = Date.parse(`${text}.000Z`);
  if (Number.isNaN(atMs)) return null;
  return new Date(atMs).toISOString().startsWith(text) ? atMs : null;
}

function offsetMs(zone: string | undefined): number | null {
  if (zone === undefined || zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 14 || minutes > 59) return null;
  // Form decoding turns the plus sign into a blank.
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Reads an instant with any zone or none (UTC), up to seven fraction digits, or a bare date. */
export function parseDateMs(text: string): number | null {
  if (STORED.test(text)) return Date.parse(text);
  if (isBareDate(text)) return parseUtcSeconds(`${text}T00:00:00`);
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const secondsMs = parseUtcSeconds(match[1] ?? '');
  const zoneMs = offsetMs(match[3]);
  if (secondsMs === null || zoneMs === null) return null;
  return secondsMs + Number((match[2] ?? '').padEnd(3, '0').slice(0, 3)) - zoneMs;
}
