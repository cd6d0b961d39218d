import { toLondonText } from '../domain/london.ts';
import { messageOf } from '../domain/messages.ts';
import { endsOf, type Run, type RunCounts, type RunItem, type RunLine } from '../domain/run.ts';
import { vendorWords } from '../domain/vendor-name.ts';
import { type Column, toAgeText, toCountOf } from './io.ts';

/* Runs, their plans and their items as a terminal shows them. */

export const listColumns = (nowMs: number): readonly Column<Run>[] => [
  { title: 'run', value: ({ id }) => id, isNumber: true },
  { title: 'vendor', value: ({ vendor }) => vendorWords[vendor] },
  { title: 'kind', value: ({ order }) => order.kind },
  { title: 'state', value: ({ state }) => state },
  { title: 'asked', value: ({ askedAtMs }) => `${toAgeText(nowMs - askedAtMs)} ago`, isNumber: true },
  { title: 'by', value: ({ askedBy }) => askedBy },
  {
    title: 'done',
    value: ({ progress: { items, done, failed } }) => (items === 0 ? null : `${done + failed} of ${items}`),
    isNumber: true,
  },
  {
    title: 'failed',
    value: ({ progress: { items, failed } }) => (items === 0 ? null : failed),
    isNumber: true,
  },
  { title: 'says', value: ({ code }) => code },
];

export function runText(run: Run): string {
  const { id, vendor, order, state, plan: made, progress, startedAtMs, endedAtMs } = run;
  const lines = [
    `Run ${id}: ${order.kind} with ${vendorWords[vendor]}, ${state}${endedAtMs === null || startedAtMs === null ? '' : ` after ${toAgeText(endedAtMs - startedAtMs)}`}.`,
  ];
  const said = sentenceOf(run);
  if (said !== null) lines.push(said);
  if (made !== null) {
    const unlinked = made.unlinked === 0 ? '' : ` ${toCountOf(made.unlinked, 'learner')} without a link.`;
    lines.push(
      `Plan ${made.digest} of ${toLondonText(made.plannedAtMs)}: ${toCountOf(made.learners, 'learner')}, ${made.equal} of them equal on both sides.${unlinked}`,
      `It would ${countsText(made.counts)}. About ${toCountOf(made.forecast.calls, 'call')}, ${made.forecast.minutes} min at the share of runs.`,
    );
    if (made.owners.length > 0)
      lines.push(
        `Accounts it would create: ${made.owners.slice(0, 50).join(', ')}${made.owners.length > 50 ? ` and ${made.owners.length - 50} more` : ''}.`,
      );
    for (const { table, reason, learners } of made.completed)
      lines.push(
        `Table ${table} was completed for ${toCountOf(learners, 'learner')}: ${completedWords[reason]}.`,
      );
    if (made.strangers.length > 0)
      lines.push(
        `PICS does not have ${made.strangers.slice(0, 20).join(', ')}${made.strangers.length > 20 ? ` and ${made.strangers.length - 20} more` : ''}.`,
      );
  }
  if (startedAtMs !== null && progress.items > 0)
    lines.push(
      `${progress.done + progress.failed} of ${progress.items} are done, ${progress.failed} of them failed; ${toCountOf(progress.calls, 'call')}.`,
    );
  return `${lines.join('\n')}\n`;
}

const completedWords = {
  'beginning-deleted': 'the beginning of its topic was deleted',
  'rows-missing': 'its topic does not have all rows of PICS',
  'snapshot-interrupted': 'the snapshot did not come to its end, so they were read from PICS alone',
} as const;

const countWords: Readonly<Record<RunLine['does'], string>> = {
  create: 'create {n} at the vendor',
  update: 'update {n} there',
  pull: 'change {n} in PICS',
  insert: 'add {n} to PICS',
  link: 'link {n}',
  unlink: 'take {n} links away',
  held: 'leave {n} to a person',
  noted: 'leave {n} different by a rule',
};

function countsText(counts: RunCounts): string {
  const parts = (Object.keys(countWords) as RunLine['does'][]).flatMap((does) => {
    const count = counts[does] ?? 0;
    return count === 0 ? [] : [countWords[does].replace('{n}', String(count))];
  });
  return parts.length === 0 ? 'change nothing' : parts.join(', ');
}

export function sentenceOf({ code, params, vendor }: Run): string | null {
  return code === null ? null : messageOf(code, { vendor, ...params });
}

export const itemColumns: readonly Column<RunItem>[] = [
  { title: 'learner', value: ({ ident }) => ident },
  { title: 'state', value: ({ state, code }) => (code === null ? state : `${state}: ${code}`) },
  { title: 'planned', value: ({ planned }) => lineList(planned.lines) },
];

function lineList(lines: readonly Pick<RunLine, 'does' | 'subject'>[]): string {
  const shown = lines.slice(0, 4).map(({ does, subject }) => `${does} ${subject}`);
  return lines.length > shown.length
    ? `${shown.join(', ')} and ${lines.length - shown.length} more`
    : shown.join(', ');
}

export type ReportRow = {
  readonly ident: string;
  readonly does: string;
  readonly subject: string;
  readonly fields: string;
  readonly end: string;
};

export const reportTitles = ['ident', 'does', 'subject', 'fields', 'end'] as const;

/** Lines of an item with what became of each; of one that failed, why. */
export function toReportRows(item: RunItem): readonly ReportRow[] {
  return endsOf(item).map(({ does, subject, fields, end }) => ({
    ident: item.ident,
    does,
    subject,
    fields: fields.join(' '),
    end: end === 'failed' ? (item.code ?? 'failed') : end,
  }));
}
