import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { usageFault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { findNearest } from '../config/nearest.ts';
import type { ConsumedRecord } from '../contract/consumed-record.ts';
import { createDecoder } from '../contract/decode.ts';
import { schemaNamesByTopic, topicNames } from '../contract/topics.ts';
import type { Broker } from '../kafka/broker.ts';
import { createRegistry } from '../kafka/registry.ts';
import { toRegistryOptions, withBroker } from './connections.ts';
import type { Io } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { toWholeNumber, withCommonOptions } from './options.ts';
import { type TailLine, toTailLine, toTailText } from './tail-line.ts';

type TailOptions = CommonOptions & {
  readonly fromBeginning?: boolean;
  readonly limit?: number;
  readonly values?: boolean;
};

export function addTailCommand(program: Command, io: Io): void {
  withCommonOptions(program.command('tail'))
    .description('follow a topic: coordinates and names of changed fields, until Ctrl-C')
    .argument('<topic>', 'a topic, or the end of its name: trqual, onefile.review, request')
    .option('--from-beginning', 'begin with the oldest record there is')
    .option('--limit <count>', 'end after so many records', toWholeNumber('--limit', { least: 1 }))
    .option('--values', 'show values too: they are personal data')
    .action((topic: string, options: TailOptions) => tail(io, topic, options));
}

async function tail(io: Io, given: string, options: TailOptions): Promise<void> {
  const config = loadConfig(io, options);
  const topic = findTopic(given, [...schemaNamesByTopic(topicNames(config.kafka.topicPrefix)).keys()]);
  if (options.values) io.tell('Values are personal data: keep them on this screen.\n');
  const show = createShow(io, config, options);
  await withBroker(config, (broker) => follow(broker, { topic, config, options, show, signal: io.signal }));
}

/** A whole name, or the end of exactly one. */
export function findTopic(given: string, known: readonly string[]): string {
  if (known.includes(given)) return given;
  const [only, ...others] = known.filter((topic) => topic.endsWith(`.${given}`));
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) throw usageFault(`"${given}" may be ${[only, ...others].join(' or ')}.`);
  const near = findNearest(given, [...known, ...known.map((topic) => topic.split('.').at(-1) ?? topic)]);
  const hint = near === null ? ` Known: ${known.join(', ')}.` : ` Did you mean ${near}?`;
  throw usageFault(`There is no topic "${given}" of ours.${hint}`);
}

type Show = (record: ConsumedRecord) => Promise<void>;

function createShow(io: Io, config: Config, options: TailOptions): Show {
  const registry = createRegistry(toRegistryOptions(config.registry.url));
  const decoder = createDecoder({ getWriterSchema: registry.getWriterSchema });
  const names = schemaNamesByTopic(topicNames(config.kafka.topicPrefix));
  const write = (line: TailLine) => io.write(options.json ? `${JSON.stringify(line)}\n` : toTailText(line));
  return async (record) => {
    const name = names.get(record.topic);
    const decoded =
      record.value === null || name === undefined ? null : await decoder.decode(name, record.value);
    write(toTailLine(record, decoded, { withValues: options.values === true }));
  };
}

type Following = {
  readonly topic: string;
  readonly config: Config;
  readonly options: TailOptions;
  readonly show: Show;
  readonly signal: AbortSignal;
};

/** Reads with a group of its own that commits nothing, so nobody is disturbed and nothing is left behind. */
async function follow(broker: Broker, { topic, config, options, show, signal }: Following): Promise<void> {
  const bounds = await broker.admin.readBounds(topic);
  const begin = new Map(
    bounds.map(({ partition, low, high }) => [partition, options.fromBeginning ? low : high]),
  );
  const consumer = broker.createConsumer({
    group: `${config.kafka.topicPrefix}pics-sync.tail.${randomUUID()}`,
    topics: [topic],
  });
  const stop = () => void consumer.stop();
  let shown = 0;
  let work = Promise.resolve();
  const showOne = async (record: ConsumedRecord) => {
    if (signal.aborted || shown >= (options.limit ?? Number.POSITIVE_INFINITY)) return;
    shown += 1;
    await show(record);
    if (shown === options.limit) stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    await consumer.run({
      startAt: async ({ partition }) => begin.get(partition) ?? 0n,
      onAssigned: () => {},
      onBatch: ({ records }) => {
        work = work.then(async () => {
          for (const record of records) await showOne(record);
        });
        work.catch(stop);
      },
    });
    await work;
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.stop();
  }
}
