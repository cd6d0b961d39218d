/** London's wall clock by the tables of the runtime, so that a mistake in pics-sync's own reckoning is seen. */
const wall = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/London',
  dateStyle: 'short',
  timeStyle: 'short',
});
const dayMs = 86_400_000;

/** The wall time in London of an instant, as PICS keeps it: `2026-01-15 10:00`. */
export function toLondonTime(instantMs: number): string {
  return wall.format(instantMs);
}

export function toLondonDate(instantMs: number): string {
  return toLondonTime(instantMs).slice(0, 10);
}

/** A wall time in London some days from now. */
export function inDays(days: number, time: string): string {
  return `${toLondonDate(Date.now() + days * dayMs)} ${time}`;
}
