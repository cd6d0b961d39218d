import { type PartName, partNames } from './addresses.ts';
import type { StartProgress } from './start-stack.ts';
import type { PartReport } from './supervisor.ts';

/** Where progress is shown: a terminal that can be redrawn, or anything that takes lines. */
export type Screen = { isTerminal: boolean; write: (text: string) => void };

export type ProgressDisplay = { show: (progress: StartProgress) => void; close: () => void };

const marks = { external: '·', waiting: ' ', starting: '…', ready: '✔', stopped: '-', died: '✖' } as const;

export function toPartLine({ part, status, detail }: PartReport): string {
  const word = status === 'external' ? 'somewhere else, checked' : status;
  return `${marks[status]} ${part.padEnd(10)}${word}${detail ? ` (${detail})` : ''}`;
}

/** One line for each part. A terminal sees them change in place; a log gets a line when a part is ready. */
export function createProgressDisplay(screen: Screen): ProgressDisplay {
  return screen.isTerminal ? createRedrawn(screen) : createPlain(screen);
}

function createPlain({ write }: Screen): ProgressDisplay {
  let lastFetchLine = 0;
  return {
    show: (progress) => {
      if (progress.kind === 'part') {
        if (['ready', 'died'].includes(progress.report.status)) write(`${toPartLine(progress.report)}\n`);
        return;
      }
      if (progress.kind === 'fetched' || Date.now() - lastFetchLine < 5_000) return;
      lastFetchLine = Date.now();
      write(`… downloads (once): ${progress.detail}\n`);
    },
    close: () => {},
  };
}

function createRedrawn({ write }: Screen): ProgressDisplay {
  const reports = new Map<PartName, PartReport>();
  let fetching = '';
  let shownLines = 0;
  const draw = () => {
    const lines = partNames.flatMap((name) => reports.get(name) ?? []).map(toPartLine);
    if (fetching) lines.unshift(fetching);
    const up = shownLines > 0 ? `\x1b[${shownLines}A` : '';
    write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
    shownLines = lines.length;
  };
  return {
    show: (progress) => {
      if (progress.kind === 'part') reports.set(progress.report.part, progress.report);
      else if (progress.kind === 'fetching') fetching = `… downloads (once): ${progress.detail}`;
      else if (fetching) fetching = '✔ downloads';
      draw();
    },
    close: () => {},
  };
}
