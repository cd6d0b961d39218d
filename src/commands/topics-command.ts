import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { type TopicSpec, topicTable } from '../contract/topic-table.ts';
import { checkTopics as readDifferences, type TopicDifference } from '../kafka/topics-admin.ts';
import { withBroker } from './connections.ts';
import { toCountOf } from './count-text.ts';
import { type Io, toJsonText } from './io.ts';
import { type CommonOptions, loadConfig } from './load-config.ts';
import { addGroup, withCommonOptions } from './options.ts';

export function addTopicsCommand(program: Command, io: Io): void {
  const group = addGroup(program, 'topics', 'make and check the Kafka topics');
  withCommonOptions(group.command('create'))
    .description('make the topics that are missing; what is there is left alone')
    .action((options: CommonOptions) => createTopics(io, options));
  withCommonOptions(group.command('check'))
    .description('compare the topics with what they must be')
    .action((options: CommonOptions) => checkTopics(io, options));
}

export function toTopicSpecs({ kafka }: Config): TopicSpec[] {
  const { topicPrefix, partitions, replicationFactor } = kafka;
  return topicTable({ prefix: topicPrefix, partitions, replicationFactor });
}

async function createTopics(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const specs = toTopicSpecs(config);
  const created = await withBroker(config, ({ admin }) => admin.createTopics(specs));
  if (options.json) return io.write(toJsonText({ created, present: specs.length - created.length }));
  for (const name of created) io.write(`made ${name}\n`);
  io.write(`${created.length} made, ${specs.length - created.length} were there.\n`);
}

async function checkTopics(io: Io, options: CommonOptions): Promise<void> {
  const config = loadConfig(io, options);
  const faults = await readTopicFaults(config);
  if (options.json) io.write(toJsonText({ faults }));
  else for (const fault of faults) io.write(`${fault}\n`);
  if (faults.length > 0) throw new Fault(`Not as it must be: ${toCountOf(faults.length, 'topic')}.`);
  if (!options.json) io.write('All topics are as they must be.\n');
}

/** One sentence for each topic that differs. */
export function readTopicFaults(config: Config): Promise<string[]> {
  const specs = toTopicSpecs(config);
  return withBroker(config, async ({ admin }) => toTopicSentences(await readDifferences(admin, specs)));
}

/** More copies than asked for are no fault. */
export function toTopicSentences(differences: readonly TopicDifference[]): string[] {
  const byTopic = Map.groupBy(
    differences.filter(
      ({ what, wanted, found }) => what !== 'replicationFactor' || Number(found) < Number(wanted),
    ),
    ({ topic }) => topic,
  );
  return [...byTopic].map(([topic, ofTopic]) => {
    if (ofTopic.some(({ what }) => what === 'exists')) {
      return `${topic} is missing: run "pics-sync topics create".`;
    }
    const parts = ofTopic.map(({ what, wanted, found }) =>
      what === 'partitions'
        ? `it has ${found} partitions and kafka.partitions asks for ${wanted} (fixed at creation: change the setting)`
        : `${what} is ${found} and must be ${wanted}`,
    );
    return `${topic}: ${parts.join('; ')}.`;
  });
}
