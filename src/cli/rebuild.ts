import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { type VendorName, vendorTitles, vendorWords } from '../domain/vendor-name.ts';
import type { TopicNames } from '../kafka/topics.ts';
import { toCapture } from '../roles/capture.ts';
import { openSiteTopics } from '../roles/ports.ts';
import type { Rebuilt } from '../store/rebuild.ts';
import { allVendors } from '../vendors/all.ts';
import { commandLog, withBroker, withStore } from './connections.ts';
import { type Io, toCountOf, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { toVendor } from './request.ts';

/** What no topic holds. */
const lost = [
  'the history of calls and the journal',
  'what was held, with what was skipped: it is found again, and waits again',
  'enrolments that were under way: the commands are to be given again',
  'runs, alarms, and what was learned of fields that a vendor does not keep',
  'that a vendor was enabled, and which warnings were confirmed',
  'links that PICS shows itself, and those of qualifications: the first synchronisation makes them again',
];

/** `store rebuild`: makes the sync database again from topics. */
export function addRebuildCommand(group: Command, io: Io): void {
  withCommonOptions(group.command('rebuild'))
    .description('make links and records of an empty sync database again from the topics')
    .argument('[vendors...]', 'only these; by default every vendor that the settings allow')
    .action((vendors: readonly string[], options: CommonOptions) => rebuild(io, vendors, options));
}

async function rebuild(io: Io, given: readonly string[], options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const vendors = given.length > 0 ? [...new Set(given.map(toVendor))] : configuredVendors(config);
  if (vendors.length === 0) throw new Fault('No vendor is enabled in the settings: name those to rebuild.');
  const names = toCapture(config).topics;
  const { rebuilt, missing } = await withBroker(config, async (broker) => {
    const present = new Set(await broker.admin.listTopics());
    const all = topicsOf(vendors, names);
    const found = all.filter(({ topic }) => present.has(topic));
    const topics = await openSiteTopics({ config, broker, raise: async () => {}, log: commandLog });
    const { rebuildStore } = await import('../store/rebuild.ts');
    try {
      const made = await withStore(config, (client) =>
        rebuildStore(client, {
          vendors,
          names: found.map(({ name }) => name),
          topics,
          onProgress: createProgress(io, options),
          signal: io.signal,
        }),
      );
      return { rebuilt: made, missing: all.flatMap(({ topic }) => (present.has(topic) ? [] : [topic])) };
    } finally {
      await topics.close();
    }
  });
  if (options.json) return io.write(toJsonText({ vendors, ...rebuilt, missing, lost }));
  io.write(toText(vendors, rebuilt, missing));
}

function configuredVendors({ vendors }: Config): readonly VendorName[] {
  return allVendors
    .filter(({ configName }) => vendors[configName]?.kind === 'enabled')
    .map(({ name }) => name);
}

/** Links first: of a record nothing else is needed to know whose it is. */
function topicsOf(
  vendors: readonly VendorName[],
  names: TopicNames,
): readonly { readonly name: string; readonly topic: string }[] {
  const entities = allVendors
    .filter(({ name }) => vendors.includes(name))
    .flatMap((vendor) => vendor.entities.map((entity) => `${vendor.name}.${entity}`));
  return [
    { name: 'link', topic: names.link },
    ...entities.map((name) => ({ name, topic: names.entities[name as keyof TopicNames['entities']] })),
  ];
}

const tellEveryMs = 500;
const tellEveryMinuteMs = 60_000;

/** On a terminal one line that changes; elsewhere a line a minute, and one at the end of each topic. */
function createProgress(io: Io, { json }: CommonOptions): (topic: string, count: number) => void {
  if (json === true) return () => {};
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (topic, count) => {
    const nowMs = performance.now();
    if (nowMs - toldAtMs < (io.isTerminal ? tellEveryMs : tellEveryMinuteMs)) return;
    toldAtMs = nowMs;
    const line = `${topic}: ${toCountOf(count, 'record')}`;
    io.tell(io.isTerminal ? `\r${line.padEnd(60)}` : `${line}\n`);
  };
}

function toText(vendors: readonly VendorName[], rebuilt: Rebuilt, missing: readonly string[]): string {
  const { links, records, cut, unreadable } = rebuilt;
  const counts = vendors.map(
    (vendor) =>
      `${vendorTitles[vendor]}: ${toCountOf(links[vendor] ?? 0, 'link')} and ${toCountOf(records[vendor] ?? 0, 'record')} came back.`,
  );
  const gaps = [
    ...missing.map((topic) => `The topic ${topic} is missing: nothing of it came back.`),
    ...cut.map(
      (name) => `The beginning of the topic ${name} was deleted: what stood there did not come back.`,
    ),
    ...(unreadable > 0 ? [`${toCountOf(unreadable, 'record')} could not be read.`] : []),
  ];
  const enable = vendors.map((vendor) => `pics-sync ${vendorWords[vendor]} enable`).join(', ');
  return `${[
    ...counts,
    ...gaps,
    'What does not come back:',
    ...lost.map((what) => `  ${what}`),
    `No vendor is enabled. When its roles run, give: ${enable}.`,
    'That brings a full synchronisation. Until it has completed, every create is looked up first.',
  ].join('\n')}\n`;
}
