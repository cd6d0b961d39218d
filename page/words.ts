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

/** `at 03:41` of today, `on 15 Jan at 03:41` of another day. */
export function atText(atMs: number, nowMs: number): string {
  const time = clock.format(atMs);
  return day.format(atMs) === day.format(nowMs) ? `at ${time}` : `on ${day.format(atMs)} at ${time}`;
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

/** What a line of a plan does, with the vendor's name. */
export function lineText(does: string, vendorTitle: string): string {
  const words: Readonly<Record<string, string>> = {
    create: `create at ${vendorTitle}`,
    update: `change at ${vendorTitle}`,
    pull: 'change in PICS',
    insert: 'add to PICS',
    link: 'link',
    unlink: 'take the link away',
    held: 'leave to a person',
    noted: 'leave different, by a rule',
  };
  return words[does] ?? does;
}

const subjectWords: Readonly<Record<string, string>> = {
  aim: 'Qualification',
  'learning-aim': 'Qualification',
  'learner-course': 'Course',
  placement: 'Organisation',
  employer: 'Organisation',
  assessor: 'Officer',
};

/** `review:501` as people read it: `Review 501`. */
export function subjectText(subject: string): string {
  const [kind = '', ...rest] = subject.split(':');
  if (rest.length === 0) return subject;
  const word = subjectWords[kind] ?? `${kind.charAt(0).toUpperCase()}${kind.slice(1).replaceAll('-', ' ')}`;
  return `${word} ${rest.join(':')}`;
}

/** `registrationNumber` as people read it: `registration number`. */
export function fieldText(field: string): string {
  return field.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

export const commandWords: Readonly<Record<string, string>> = {
  new: 'Waiting for a process to take it up',
  working: 'In work',
  done: 'Done',
  refused: 'Refused, nothing was sent',
  failed: 'Failed',
  held: 'A person has to decide',
  skipped: 'Left',
};
