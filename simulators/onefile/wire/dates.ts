import type { SwitchValues } from '../switch-table.ts';

const DAY_MS = 86_400_000;
const BARE_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{0,7}))?(Z|[+\- ]\d{2}:\d{2})?$/;

export const isBareDate = (text: string): boolean => BARE_DATE.test(text);

/** Milliseconds of a strict `YYYY-MM-DDTHH:mm:ss` in UTC; 30 February and 25:00 are refused rather than carried over. */
function parseUtcSeconds(text: string): number | null {
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

/** Reads what OneFile accepts as a date: any zone or none (UTC), up to seven fraction digits, or a bare date. */
export function parseDateMs(text: string): number | null {
  if (isBareDate(text)) return parseUtcSeconds(`${text}T00:00:00`);
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const secondsMs = parseUtcSeconds(match[1] ?? '');
  const zoneMs = offsetMs(match[3]);
  if (secondsMs === null || zoneMs === null) return null;
  return secondsMs + Number((match[2] ?? '').padEnd(3, '0').slice(0, 3)) - zoneMs;
}

/** As the end of a period a bare date covers its whole UTC day. */
export function parsePeriodEndMs(text: string): number | null {
  const atMs = parseDateMs(text);
  return atMs !== null && isBareDate(text) ? atMs + DAY_MS - 1 : atMs;
}

/** Writes a stored instant (`â¦sssZ`) in the form the switch asks for. */
export function toWireDate(iso: string, form: SwitchValues['date-output']): string {
  switch (form) {
    case 'iso-ms-z':
      return iso;
    case 'iso-s-z':
      return iso.replace(/\.\d+Z$/, 'Z');
    case 'ticks':
      return iso.replace('Z', '0000Z');
    case 'zoneless':
      return iso.replace('Z', '');
  }
}
