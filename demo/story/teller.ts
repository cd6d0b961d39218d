import { readFileSync } from 'node:fs';
import { type Screen, toSeconds, wrap } from '../screen.ts';
import { type Look, waitFor } from '../wait-for.ts';

/** Where something is done or seen. */
export type Place = 'PICS' | 'OneFile' | 'pics-sync';

export type Expectation<T> = {
  readonly place: Place;
  /** Printed when it is not met; what is printed otherwise is what was seen. */
  readonly expected: string;
  readonly look: () => Promise<Look<T>>;
  readonly withinMs?: number;
  /** The process whose log tells most when it is not met. */
  readonly log?: string;
};

export type Teller = {
  /** Does something and says so. Times of what is seen afterwards count from its end. */
  readonly act: <T>(place: Place, sentence: string, deed: () => Promise<T>) => Promise<T>;
  /** Waits for something and says what was seen. Null when it did not come in time. */
  readonly expect: <T>(expectation: Expectation<T>) => Promise<{ readonly value: T } | null>;
  /** The step ended by a fault instead of an expectation. */
  readonly broke: (why: string) => void;
  readonly score: () => Score;
};

export type Score = {
  readonly expectations: number;
  readonly met: number;
  /** From the last deed to the last thing that had to be waited for. */
  readonly latencyMs: number | null;
};

export type TellerOptions = {
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly toLogFile: (name: string) => string;
};

const sentenceWidth = 84;
const defaultWithinMs = 30_000;

export function createTeller({ screen, signal, toLogFile }: TellerOptions): Teller {
  let actedAtMs = performance.now();
  let expectations = 0;
  let metCount = 0;
  let latencyMs: number | null = null;

  const line = (mark: string, place: Place, sentence: string, time = ''): void => {
    const [first = '', ...rest] = wrap(sentence, sentenceWidth);
    const head = `   ${mark} ${screen.bold(place.padEnd(10))}`;
    screen.write(`${`${head}${first.padEnd(time === '' ? 0 : sentenceWidth)}`}${time}\n`);
    for (const more of rest) screen.write(`${' '.repeat(15)}${more}\n`);
  };

  const complain = (seen: string, log: string | undefined): void => {
    screen.write(`${' '.repeat(15)}seen instead: ${seen}\n`);
    if (log === undefined) return;
    const file = toLogFile(log);
    for (const text of readLastLines(file, 5)) screen.write(screen.dim(`${' '.repeat(15)}${text}\n`));
    screen.write(`${' '.repeat(15)}whole log: ${file}\n`);
  };

  return {
    act: async (place, sentence, deed) => {
      line('→', place, sentence);
      const done = await deed();
      actedAtMs = performance.now();
      return done;
    },
    expect: async ({ place, expected, look, withinMs = defaultWithinMs, log }) => {
      expectations += 1;
      const last = await waitFor(look, { withinMs, signal });
      const tookMs = performance.now() - actedAtMs;
      if (last.isMet) {
        metCount += 1;
        latencyMs = tookMs;
        line(screen.green('✔'), place, last.seen, toSeconds(tookMs).padStart(8));
        return { value: last.value };
      }
      line(screen.red('✖'), place, `expected: ${expected}`, toSeconds(tookMs).padStart(8));
      complain(last.seen, log);
      return null;
    },
    broke: (why) => {
      expectations += 1;
      line(screen.red('✖'), 'pics-sync', `the step could not be played to its end: ${why}`);
    },
    score: () => ({ expectations, met: metCount, latencyMs }),
  };
}

function readLastLines(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}
