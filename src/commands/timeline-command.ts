import type { Command } from 'commander';
import { type JournalLine, readTimeline } from '../store/journal.ts';
import { withPics, withStore } from './connections.ts';
import { checkLearner, toIdent } from './give-request.ts';
import { type Column, type Io, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { toWholeNumber, withCommonOptions } from './options.ts';
import { toLondonText } from './time-text.ts';

type TimelineOptions = CommonOptions & { readonly limit: number };

const columns: readonly Column<JournalLine>[] = [
  { title: 'when', value: ({ atMs }) => toLondonText(atMs) },
  { title: 'vendor', value: ({ vendor }) => vendor },
  { title: 'what', value: ({ kind }) => kind },
  { title: 'about', value: ({ subject }) => subject },
  { title: 'code', value: ({ code }) => code },
  { title: 'vendor id', value: ({ vendorId }) => vendorId },
  { title: 'took ms', value: ({ tookMs }) => tookMs, isNumber: true },
];

export function addTimelineCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('timeline'))
    .description('show what happened to one learner, oldest first: codes and coordinates only')
    .argument('<ident>', 'code of the learner in PICS')
    .option(
      '--limit <count>',
      'how many lines at most',
      toWholeNumber('--limit', { least: 1, most: 10_000 }),
      50,
    )
    .action((ident: string, options: TimelineOptions) => showTimeline(io, toIdent(ident), options));
}

async function showTimeline(io: Io, ident: string, options: TimelineOptions): Promise<void> {
  const config = loadConfig(io, options);
  const lines = await withStore(config, (client) => readTimeline(client, ident, options.limit));
  if (lines.length === 0) await withPics(config, (client) => checkLearner(client, config, ident));
  lines.reverse();
  if (options.json) io.write(toJsonText(lines));
  else if (lines.length === 0) io.write(`Nothing has happened to learner ${ident} yet.\n`);
  else io.write(toTable(columns, lines));
}
