const wireDate = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{0,7}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * The instant of a date as OneFile writes it; null when it is none.
 *
 * Up to seven digits of a second, `Z`, an offset, or no zone, which means UTC.
 */
export function toInstant(text: string): number | null {
  const match = wireDate.exec(text.trim());
  if (match === null) return null;
  const [, date, time = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const milliseconds = `${fraction}000`.slice(0, 3);
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const instantMs = Date.parse(`${date}T${time}:${second}.${milliseconds}${offset}`);
  return Number.isNaN(instantMs) || !isOnCalendar(date ?? '') ? null : instantMs;
}

/** 30 February would be read as 2 March. */
function isOnCalendar(date: string): boolean {
  const midnightMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
}

/** An instant as it is sent: UTC with milliseconds. A zone offset gave others trouble. */
export function toWireInstant(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

/** A calendar date as it is sent: midnight UTC. */
export function toWireDate(date: string): string {
  return `${date}T00:00:00.000Z`;
}
