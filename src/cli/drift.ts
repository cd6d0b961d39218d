import type { Command } from 'commander';
import { usageFault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import type { Difference, DifferenceCount } from '../domain/difference.ts';
import { type VendorName, vendorTitles, vendorWords } from '../domain/vendor-name.ts';
import { countDifferences, listDifferences } from '../store/differences.ts';
import { allVendors } from '../vendors/all.ts';
import { withStore } from './connections.ts';
import { type Column, type Io, toAgeText, toCountOf, toJsonText, toTable } from './io.ts';
import { addGroup, type CommonOptions, loadConfig, toWholeNumber, withCommonOptions } from './options.ts';
import { toIdent, toVendor, type WaitOptions, withWaitOptions } from './request.ts';
import { approve, planAndShow } from './runs.ts';

type DriftOptions = CommonOptions & { readonly vendor?: string };
type HealOptions = WaitOptions & {
  readonly vendor?: string;
  readonly limit: number;
  readonly yes?: boolean;
};

const mostHealed = 1_000;
const mostRead = 1_000_000;
/** A plan looks at each learner and asks the vendor about each. */
const timeoutS = 3_600;

export function addDriftCommand(program: Command, io: Io): void {
  const group = addGroup(
    program,
    'drift',
    'show what differs between PICS and the vendors, and exchange it again',
  );
  withVendor(group.command('list'))
    .description('count differences by kind, with the rule that allows them')
    .action((options: DriftOptions) => list(io, options));
  withVendor(group.command('show'))
    .description('show what differs for one learner: which side has what, not the values')
    .argument('<ident>', 'code of the learner in PICS')
    .action((ident: string, options: DriftOptions) => show(io, toIdent(ident), options));
  withWaitOptions(group.command('heal'), timeoutS)
    .description(
      'plan a run over the learners who have a difference that no rule allows; it begins when it is approved',
    )
    .option('--vendor <vendor>', 'only with this vendor')
    .option(
      '--limit <count>',
      'most learners of a vendor, those that have differed for longest first',
      toWholeNumber('--limit', { least: 1, most: 100_000 }),
      mostHealed,
    )
    .option('--yes', 'approve the plan as it is')
    .action((options: HealOptions) => heal(io, options));
}

function withVendor(command: Command): Command {
  return withCommonOptions(command).option('--vendor <vendor>', 'only of this vendor');
}

function nameOf({ vendor }: { readonly vendor?: string }): VendorName | null {
  return vendor === undefined ? null : toVendor(vendor);
}

const countColumns = (nowMs: number): readonly Column<DifferenceCount>[] => [
  { title: 'vendor', value: ({ vendor }) => vendorWords[vendor] },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'field', value: ({ field }) => (field === '' ? null : field) },
  { title: 'allowed by', value: ({ rule }) => rule ?? 'none' },
  { title: 'count', value: ({ count }) => count, isNumber: true },
  { title: 'oldest', value: ({ oldestSinceMs }) => toAgeText(nowMs - oldestSinceMs), isNumber: true },
];

async function list(io: Io, options: DriftOptions): Promise<void> {
  const name = nameOf(options);
  const config = loadConfig(io, options);
  const all = await withStore(config, countDifferences);
  const counts = all.filter(({ vendor }) => name === null || vendor === name);
  const resting = findResting(config, name);
  if (options.json) {
    io.write(toJsonText({ differences: counts, withoutAudit: resting.map((one) => vendorWords[one]) }));
    return;
  }
  if (counts.length === 0) io.write('No differences are known.\n');
  else io.write(toTable(countColumns(Date.now()), counts));
  for (const vendor of resting)
    io.write(
      `The standing audit of ${vendorTitles[vendor]} does not run: it looks at learners with the spare calls, and the settings leave polling none. "runs plan ${vendorWords[vendor]} audit" looks at all of them once.\n`,
    );
}

/** Vendors that are enabled in the configuration and have no spare calls, so that no audit runs. */
function findResting(config: Config, name: VendorName | null): readonly VendorName[] {
  return allVendors.flatMap((vendor) => {
    const configured = config.vendors[vendor.configName];
    const isMeant = name === null || vendor.name === name;
    if (!isMeant || configured?.kind !== 'enabled') return [];
    return vendor.pollingOf(configured.settings) === 'off' ? [vendor.name] : [];
  });
}

const columns = (nowMs: number): readonly Column<Difference>[] => [
  { title: 'vendor', value: ({ vendor }) => vendorWords[vendor] },
  { title: 'about', value: ({ subject }) => subject },
  { title: 'field', value: ({ field }) => (field === '' ? null : field) },
  { title: 'in PICS', value: ({ inPics }) => inPics },
  { title: 'at the vendor', value: ({ atVendor }) => atVendor },
  { title: 'allowed by', value: ({ rule }) => rule ?? 'none' },
  { title: 'since', value: ({ sinceMs }) => toAgeText(nowMs - sinceMs), isNumber: true },
  { title: 'seen', value: ({ sightings }) => sightings, isNumber: true },
];

async function show(io: Io, ident: string, options: DriftOptions): Promise<void> {
  const vendor = nameOf(options);
  const filter = { ident, ...(vendor !== null && { vendor }) };
  const found = await withStore(loadConfig(io, options), (client) => listDifferences(client, filter));
  if (options.json) io.write(toJsonText(found));
  else if (found.length === 0) io.write(`No difference of learner ${ident} is known.\n`);
  else io.write(toTable(columns(Date.now()), found));
}

/**
 * One run a vendor over the learners who differ: it is planned and shown, and begins when a person approves it. With
 * `--yes` it begins at once.
 */
async function heal(io: Io, options: HealOptions): Promise<void> {
  if (options.yes === true && !options.wait)
    throw usageFault('--yes needs the plan first: leave --no-wait out.');
  const vendor = nameOf(options);
  const filter = { isAllowed: false, limit: mostRead, ...(vendor !== null && { vendor }) };
  const open = await withStore(loadConfig(io, options), (client) => listDifferences(client, filter));
  if (open.length === 0) {
    io.write(options.json ? toJsonText([]) : 'There is no difference that no rule allows.\n');
    return;
  }
  const byVendor = Map.groupBy(open, (one) => one.vendor);
  if (options.json && byVendor.size > 1)
    throw usageFault('Name one vendor with --vendor: each has a run of its own, and --json prints one.');
  for (const [of, differences] of byVendor) {
    // Those that have differed for longest come first.
    const idents = [...new Set(differences.map(({ ident }) => ident))];
    const chosen = idents.slice(0, options.limit);
    const payload = { kind: 'synchronise', filter: { idents: chosen } };
    const run = await planAndShow(io, of, payload, options);
    if (options.yes === true) await approve(io, run, options);
    const leftCount = idents.length - chosen.length;
    if (leftCount > 0 && !options.json)
      io.write(`${toCountOf(leftCount, 'learner')} left for another time (--limit).\n`);
  }
}
