import type { Command } from 'commander';
import { Fault } from '../../base/fault.ts';
import type { Vendor, WireContract } from '../../vendors/vendor.ts';
import { type Column, type Io, toCountOf, toJsonText, toTable } from '../io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from '../options.ts';

type ContractOptions = CommonOptions & { readonly verbose?: boolean };

/** Only of a vendor whose interface has no public description: how it is spoken to, and how much of that is known. */
export function addContractCommand(group: Command, io: Io, vendor: Vendor): void {
  const { title, contractOf } = vendor;
  if (contractOf === undefined) return;
  withCommonOptions(group.command('contract'))
    .description(`show how ${title} is spoken to, and how much of that is known for certain`)
    .option('--verbose', 'show every name on the wire, and where it is known from')
    .action((options: ContractOptions) => {
      const contract = contractOf(settingsOf(io, options, vendor));
      if (options.json) io.write(toJsonText(contract));
      else io.write(contractText(contract, title, options.verbose ?? false));
    });
}

/** The vendor's section; without one its defaults. Nothing is called for it. */
function settingsOf(io: Io, options: ContractOptions, { configName, section }: Vendor): unknown {
  const configured = loadConfig(io, options).vendors[configName];
  if (configured?.kind === 'faulty')
    throw new Fault(configured.faults.map(({ sentence }) => sentence).join('\n'));
  return configured === undefined ? section.parse({}) : configured.settings;
}

const trusts: Readonly<Record<WireContract['trust'], string>> = {
  assumed: 'invented so that something can run',
  seen: 'as other clients were seen to speak to it',
  verified: 'compared with its own answers',
};

/** Known from the vendor's own description; everything else may prove wrong. */
function countUnverified({ names, trust }: WireContract): number {
  return trust === 'verified' ? 0 : names.filter(({ mark }) => mark !== 'documented').length;
}

/** Of an interface that is not proved, one line: which contract, how far it is trusted, how many names are open. */
export function unprovedNames(
  settings: unknown,
  { contractOf }: Pick<Vendor, 'contractOf'>,
): readonly string[] {
  const contract = contractOf?.(settings);
  if (contract === undefined || contract.trust === 'verified') return [];
  const unverified = countUnverified(contract);
  const count = toCountOf(contract.names.length, 'name');
  return [`contract ${contract.id}, ${contract.trust}: ${unverified} of ${count} not verified`];
}

export function contractAdvice({ configName }: Pick<Vendor, 'configName'>): string {
  return `"pics-sync ${configName} contract --verbose" shows each of them.`;
}

function contractText(contract: WireContract, title: string, isVerbose: boolean): string {
  const { id, trust, names, capabilities } = contract;
  const countOf = (mark: string): string => String(names.filter((name) => name.mark === mark).length);
  const can = Object.entries(capabilities);
  const listed = (wanted: boolean): string =>
    can
      .filter(([, value]) => value === wanted)
      .map(([name]) => name)
      .join(', ') || 'nothing';
  const lines: readonly (readonly [string, string])[] = [
    [title, `contract ${id}`],
    ['trust', `${trust}: ${trusts[trust]}`],
    ['names', `${names.length}, of them ${countUnverified(contract)} not verified`],
    ['  documented', countOf('documented')],
    ['  seen in clients', countOf('client')],
    ['  inferred', countOf('inferred')],
    ['  assumed', countOf('assumed')],
    ['can', listed(true)],
    ['cannot', listed(false)],
    ...can
      .filter(([, value]) => typeof value !== 'boolean')
      .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)] as const),
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const head = lines.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('');
  return isVerbose ? `${head}\n${toTable(nameColumns, names)}` : head;
}

const nameColumns: readonly Column<WireContract['names'][number]>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'known from', value: ({ mark }) => (mark === 'client' ? 'clients' : mark) },
];
