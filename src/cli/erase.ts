import type { Command } from 'commander';
import { Fault, usageFault } from '../base/fault.ts';
import type { EntityName } from '../kafka/topics.ts';
import { topicNames } from '../kafka/topics.ts';
import { deleteRequestsOf } from '../pics/request.ts';
import {
  type Erased,
  erasePerson,
  type KeptLink,
  type KeptRecord,
  readKeptOfPerson,
} from '../store/erase.ts';
import { withBroker, withPics, withStore } from './connections.ts';
import { type Column, type Io, toCountOf, toJsonText, toTable } from './io.ts';
import { type CommonOptions, loadConfig, withCommonOptions } from './options.ts';
import { hasLearner, toIdent } from './request.ts';

type EraseOptions = CommonOptions & { readonly yes?: boolean };

/**
 * Removes what the sync keeps of a person who was deleted in PICS: the records of its vendors in the topics (by a
 * tombstone each), its commands and marks in PICS, and its rows in the sync database. In this order: the sync database
 * knows which records there are, so that after a kill anywhere the command can be given again.
 */
export function addEraseCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('erase'))
    .description('remove everything the sync keeps of a learner who was deleted in PICS and at the vendors')
    .argument('<ident>', 'the ident that the learner had in PICS')
    .option('--yes', 'do it without asking')
    .action((ident: string, options: EraseOptions) => erase(io, toIdent(ident), options));
}

async function erase(io: Io, ident: string, options: EraseOptions): Promise<void> {
  const config = loadConfig(io, options);
  if (await withPics(config, (client) => hasLearner(client, config, ident)))
    throw new Fault(
      `${ident} is a learner of PICS: what is erased here would come back. Delete the learner in PICS first.`,
    );
  await withStore(config, async (store) => {
    const kept = await readKeptOfPerson(store, ident);
    if (kept.openIntents > 0)
      throw new Fault(
        `A call about ${ident} is under way or not settled. Wait until "held list" or "timeline" shows its end, then try again.`,
      );
    await confirm(io, ident, options);
    const tombstones = toTombstones(config.kafka.topicPrefix, kept);
    await withBroker(config, async (broker) => {
      const producer = broker.createProducer();
      try {
        if (tombstones.length > 0) await producer.send(tombstones);
      } finally {
        await producer.close();
      }
    });
    const inPics = await withPics(config, (client) => deleteRequestsOf(client, ident, kept.records));
    const inStore = await erasePerson(store, ident, kept.records);
    report(io, options, { ident, topics: countTopics(tombstones), pics: inPics, store: inStore });
  });
}

async function confirm(io: Io, ident: string, { yes, json }: EraseOptions): Promise<void> {
  if (yes === true) return;
  if (io.ask === undefined || json)
    throw usageFault('There is no terminal for questions. Use --yes to erase.');
  const answer = await io.ask(
    `Everything the sync keeps of ${ident} is removed for good. Type the ident to go on: `,
  );
  if (answer?.trim() !== ident) throw new Fault('Stopped: nothing was removed.');
}

type Tombstone = { readonly topic: string; readonly key: Buffer; readonly value: null };

/** One for each record and link, under the key that it was published with. */
function toTombstones(
  prefix: string,
  { links, records }: { readonly links: readonly KeptLink[]; readonly records: readonly KeptRecord[] },
): Tombstone[] {
  const names = topicNames(prefix);
  const ofRecords = records.flatMap(({ vendor, entity, vendorId }) => {
    const topic: string | undefined = names.entities[`${vendor}.${entity}` as EntityName];
    return topic === undefined ? [] : [{ topic, key: Buffer.from(vendorId), value: null }];
  });
  const ofLinks = links.map(({ vendor, kind, picsId }) => {
    return { topic: names.link, key: Buffer.from(`${vendor}/${kind}/${picsId}`), value: null };
  });
  return [...ofRecords, ...ofLinks];
}

function countTopics(tombstones: readonly Tombstone[]): Erased {
  const counts: Record<string, number> = {};
  for (const { topic } of tombstones) counts[topic] = (counts[topic] ?? 0) + 1;
  return counts;
}

type Report = {
  readonly ident: string;
  readonly topics: Erased;
  readonly pics: Erased;
  readonly store: Erased;
};
type Line = { readonly where: string; readonly what: string; readonly count: number };

const columns: readonly Column<Line>[] = [
  { title: 'where', value: ({ where }) => where },
  { title: 'what', value: ({ what }) => what },
  { title: 'removed', value: ({ count }) => count, isNumber: true },
];

/** What this command cannot reach, and when it goes. */
const left = [
  'the record at each vendor: delete or anonymise it there, or a full run keeps what it shows',
  'topics: values before a tombstone, until Kafka compacts them (7 days and a segment); the tombstones 30 days',
  'topics of commands and their results: 30 days; dead letters, which hold places and keys but no content: 90 days',
  'lane: the ident alone, so that no process writes about the learner once more',
  'backups of PICS, the sync database and Kafka, and logs, which hold idents and no other personal data',
];

function report(io: Io, options: EraseOptions, { ident, topics, pics, store }: Report): void {
  if (options.json) {
    io.write(toJsonText({ ident, topics, pics, store, left }));
    return;
  }
  const toLinesOf = (where: string, erased: Erased): Line[] =>
    Object.entries(erased).map(([what, count]) => ({ where, what, count }));
  const lines = [
    ...toLinesOf('Kafka', topics),
    ...toLinesOf('PICS', pics),
    ...toLinesOf('sync database', store),
  ];
  const total = lines.reduce((sum, { count }) => sum + count, 0);
  io.write(`${toTable(columns, lines)}${toCountOf(total, 'record')} of ${ident} removed.\nNot removed:\n`);
  for (const one of left) io.write(`- ${one}\n`);
}
