/* How times, ages and counts are written. Times are those of London, whatever the clock of the browser's machine says. */

const zone = 'Europe/London';
const number = new Intl.NumberFormat('en-GB');
const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
const whole = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'medium', timeStyle: 'medium' });

export function countText(count: number, word: string): string {
  return `${number.format(count)} ${word}${count === 1 ? '' : 's'}`;
}

/** `4 s`, `12 min`, `3 h`, `5 d`: the largest unit that says enough. */
export function ageText(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** `03:41` of today, `3 Mar, 03:41` of another day. */
export function timeText(atMs: number, nowMs: number): string {
  const time = clock.format(atMs);
  return day.format(atMs) === day.format(nowMs) ? time : `${day.format(atMs)}, ${time}`;
}

/** To the second, with the day and year. */
export function wholeTimeText(atMs: number): string {
  return whole.format(atMs);
}

/** Kinds of runs as people call them. */
export const runWords: Readonly<Record<string, string>> = {
  synchronise: 'Synchronisation',
  initial: 'Initial synchronisation',
  replay: 'Replay of changes',
  reapply: 'Take over again what was shown',
  audit: 'Audit',
};

export const runStateWords: Readonly<Record<string, string>> = {
  asked: 'being planned',
  planned: 'waits for approval',
  approved: 'waits for its turn',
  running: 'running',
  paused: 'paused',
  done: 'done',
  stopped: 'stopped',
  failed: 'failed',
};

/** What a line of a plan does, after its count. */
export const lineWords: Readonly<Record<string, string>> = {
  create: 'created at the vendor',
  update: 'changed at the vendor',
  pull: 'changed in PICS',
  insert: 'added to PICS',
  link: 'linked',
  unlink: 'unlinked',
  held: 'left to a person',
  noted: 'left different by a rule',
};

export const commandWords: Readonly<Record<string, string>> = {
  new: 'Waiting for a process to take it up',
  working: 'In work',
  done: 'Done',
  refused: 'Refused, nothing was sent',
  failed: 'Failed',
  held: 'A person has to decide',
  skipped: 'Left',
};
