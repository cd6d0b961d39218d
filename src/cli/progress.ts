import type { RequestRow } from '../domain/request.ts';
import type { Io } from './io.ts';

/**
 * How far something is that a person waits for. On a terminal one line is drawn again and again, with a bar where the
 * end is known. Elsewhere, in a file or the log of a scheduler, a new state is a line at once, and from then on there is
 * one line a minute, so that a wait of hours can be read afterwards.
 */

export type Progress = {
  /** What it does at present: `waiting for a process`, `working`. */
  readonly state: string;
  /** How much is done of how much; null: not known, or nothing to count. */
  readonly part: { readonly done: number; readonly total: number; readonly unit: string } | null;
  readonly minutesLeft: number | null;
};

type ProgressLine = {
  show(progress: Progress): void;
  /** Leaves the line free for what is written next. */
  end(): void;
};

const lineEveryMs = 60_000;
const barWidth = 24;
const clearLine = '\r\u001b[K';

export function createProgress(
  { tell, tellWidth }: Pick<Io, 'tell' | 'tellWidth'>,
  nowMs: () => number,
): ProgressLine {
  let shown = '';
  let state = '';
  let shownAtMs = Number.NEGATIVE_INFINITY;
  if (tellWidth === undefined)
    return {
      show: (progress) => {
        const isNew = progress.state !== state;
        if (!isNew && nowMs() - shownAtMs < lineEveryMs) return;
        state = progress.state;
        shownAtMs = nowMs();
        tell(`${toText(progress)} …\n`);
      },
      end: () => {},
    };
  return {
    show: (progress) => {
      const text = toDrawn(progress).slice(0, Math.max(0, tellWidth - 1));
      if (text === shown) return;
      shown = text;
      tell(`${clearLine}${text}`);
    },
    end: () => {
      if (shown !== '') tell(clearLine);
      shown = '';
    },
  };
}

/** `working: 41 of 100 learners, about 3 min left` */
function toText({ state, part, minutesLeft }: Progress): string {
  const count = part === null ? '' : `: ${part.done} of ${part.total} ${part.unit}`;
  return `${state}${count}${toLeft(minutesLeft)}`;
}

/** `[██████████░░░░░░░░░░░░░░]  41 %  working: 41 of 100 learners, about 3 min left` */
function toDrawn(progress: Progress): string {
  const { part } = progress;
  if (part === null || part.total <= 0) return `${toText(progress)} …`;
  const share = Math.min(1, Math.max(0, part.done / part.total));
  // Full only when everything is done.
  const full = Math.floor(share * barWidth);
  const bar = `${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${toText(progress)}`;
}

function toLeft(minutes: number | null): string {
  if (minutes === null) return '';
  return minutes < 1 ? ', less than a minute left' : `, about ${Math.ceil(minutes)} min left`;
}

/** How far a command is, from its row: a pass over learners says in its result how many it has seen to. */
export function progressOf({ status, result }: Pick<RequestRow, 'status' | 'result'>): Progress {
  const { learnersDone, learners, minutesLeft } = result ?? {};
  const isCounted = typeof learnersDone === 'number' && typeof learners === 'number';
  return {
    state: status === 'new' ? 'waiting for a process' : status,
    part: isCounted ? { done: learnersDone, total: learners, unit: 'learners' } : null,
    minutesLeft: typeof minutesLeft === 'number' ? minutesLeft : null,
  };
}
