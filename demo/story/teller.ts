/*
 * The teller prints the story while it happens. A step does something (`act`), which prints an arrow, then says
 * what it expects (`expect`): the teller looks again and again until it is so or the time is over, and prints what
 * was seen with the time since the deed, or what was expected, what was seen instead, and the end of a log. It
 * counts both, for the table at the end.
 */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Screen, toSeconds, wrap } from '../screen.ts';

/** One look at something: as expected or not, and what was seen, in words. */
type Look<T> =
  | { readonly isMet: true; readonly seen: string; readonly value: T }
  | { readonly isMet: false; readonly seen: string };

export const met = <T>(seen: string, value: T): Look<T> => ({ isMet: true, seen, value });
export const unmet = (seen: string): Look<never> => ({ isMet: false, seen });

/** Where something is done or seen. */
type Place = 'PICS' | 'OneFile' | 'Smart Assessor' | 'pics-sync';

type Expectation<T> = {
  readonly place: Place;
  /** Printed when it is not met; what is printed otherwise is what was seen. */
  readonly expected: string;
  readonly look: () => Promise<Look<T>>;
  readonly withinMs?: number;
  /** The role to look at when it is not met: the end of its log is shown. */
  readonly log?: string;
};

export type Teller = {
  /** Does something and says so. Times of what is seen afterwards count from its beginning. */
  readonly act: <T>(place: Place, sentence: string, deed: () => Promise<T>) => Promise<T>;
  /** Does something that belongs to the deed before: times go on counting from that. */
  readonly alsoAct: <T>(place: Place, sentence: string, deed: () => Promise<T>) => Promise<T>;
  /** Waits for something and says what was seen. Null when it did not come in time. */
  readonly expect: <T>(expectation: Expectation<T>) => Promise<{ readonly value: T } | null>;
  /** The step ended by a fault instead of an expectation. */
  readonly broke: (why: string) => void;
  readonly score: () => Score;
};

export type Score = {
  readonly expectations: number;
  readonly met: number;
  /** From the last deed to the last thing that was waited for. */
  readonly latencyMs: number | null;
};

type TellerOptions = {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly toLogFile: (name: string) => string;
};

const sentenceWidth = 78;
const placeWidth = 'Smart Assessor'.length + 1;
const indent = ' '.repeat(5 + placeWidth);
const logLineWidth = 160;
const defaultWithinMs = 30_000;

export function createTeller({ screen, signal, toLogFile }: TellerOptions): Teller {
  let actedAtMs = performance.now();
  let expectations = 0;
  let metCount = 0;
  let latencyMs: number | null = null;

  const line = (mark: string, place: Place, sentence: string, time = ''): void => {
    const [first = '', ...rest] = wrap(sentence, sentenceWidth);
    const head = `   ${mark} ${screen.bold(place.padEnd(placeWidth))}`;
    screen.write(`${`${head}${first.padEnd(time === '' ? 0 : sentenceWidth)}`}${time}\n`);
    for (const more of rest) screen.write(`${indent}${more}\n`);
  };

  const complain = (seen: string, log: string | undefined): void => {
    for (const text of wrap(`seen instead: ${firstLines(seen)}`, sentenceWidth))
      screen.write(`${indent}${text}\n`);
    if (log === undefined) return;
    const file = toLogFile(log);
    for (const text of readLastLines(file, 5))
      screen.write(screen.dim(`${indent}${text.slice(0, logLineWidth)}\n`));
    screen.write(`${indent}whole log: ${file}\n`);
  };

  /** A terminal shows what is waited for. */
  const showWaiting = (place: Place, expected: string): (() => void) => {
    if (!screen.isTerminal) return () => {};
    const text = `   … ${place.padEnd(placeWidth)}${expected}`.slice(0, screen.columns() - 1);
    const timer = setTimeout(() => screen.write(screen.dim(text)), 200);
    return () => {
      clearTimeout(timer);
      screen.write('\r\x1b[2K');
    };
  };

  const alsoAct: Teller['alsoAct'] = async (place, sentence, deed) => {
    line('→', place, sentence);
    return deed();
  };

  return {
    act: (place, sentence, deed) => {
      actedAtMs = performance.now();
      return alsoAct(place, sentence, deed);
    },
    alsoAct,
    expect: async ({ place, expected, look, withinMs = defaultWithinMs, log }) => {
      expectations += 1;
      const hideWaiting = showWaiting(place, expected);
      const last = await waitFor(look, { withinMs, signal }).finally(hideWaiting);
      const tookMs = performance.now() - actedAtMs;
      if (last.isMet) {
        metCount += 1;
        if (withinMs > 0 || latencyMs === null) latencyMs = tookMs;
        line(screen.green('✔'), place, last.seen, toSeconds(tookMs).padStart(8));
        return { value: last.value };
      }
      line(screen.red('✖'), place, `expected: ${expected}`, toSeconds(tookMs).padStart(8));
      complain(last.seen, log);
      return null;
    },
    broke: (why) => {
      expectations += 1;
      line(screen.red('✖'), 'pics-sync', `the step could not be played to its end: ${firstLines(why)}`);
    },
    score: () => ({ expectations, met: metCount, latencyMs }),
  };
}

/** A message of another program can be long: its first lines say what it is about. */
function firstLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(0, 5)
    .join(' · ');
}

function readLastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}

const everyMs = 25;

/**
 * Looks again and again until it is as expected or the time is over, and gives the last look.
 *
 * A look that throws counts as one that was not met: the other side may be restarting.
 */
export async function waitFor<T>(
  look: () => Promise<Look<T>>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<Look<T>> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const last = await look().catch((error: unknown) => unmet(`could not look: ${(error as Error).message}`));
    if (last.isMet || performance.now() >= deadlineMs) return last;
    await sleep(everyMs, undefined, { signal });
  }
}
