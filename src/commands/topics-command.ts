import type { Command } from 'commander';
import { Fault } from '../base/fault.ts';
import type { Config } from '../config/config.ts';
import { type TopicSpec, topicTable } from '../contract/topic-table.ts';
import type { TopicDescription } from '../kafka/broker.ts';
import { withBroker } from './connections.ts';
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
  if (faults.length > 0) throw new Fault(`${faults.length} topics are not as they must be.`);
  if (!options.json) io.write('All topics are as they must be.\n');
}

export function readTopicFaults(config: Config): Promise<string[]> {
  const specs = toTopicSpecs(config);
  return withBroker(config, async ({ admin }) => {
    const found = await admin.describeTopics(specs.map(({ name }) => name));
    const byName = new Map(found.map((topic) => [topic.name, topic]));
    return specs.flatMap((spec) => compareTopic(spec, byName.get(spec.name)));
  });
}

/** One sentence for a topic that differs. More copies than asked for are no fault. */
export function compareTopic(spec: TopicSpec, found: TopicDescription | undefined): string[] {
  if (found === undefined) return [`${spec.name} is missing: run "pics-sync topics create".`];
  const differences = Object.entries(spec.config)
    .filter(([name, value]) => found.config[name] !== value)
    .map(([name, value]) => `${name} is ${found.config[name] ?? 'not set'} and must be ${value}`);
  if (found.partitions !== spec.partitions) {
    differences.push(
      `it has ${found.partitions} partitions and kafka.partitions says ${spec.partitions} (fixed at creation: change the setting)`,
    );
  }
  if (found.replicationFactor < spec.replicationFactor) {
    differences.push(`it has ${found.replicationFactor} copies and must have ${spec.replicationFactor}`);
  }
  return differences.length === 0 ? [] : [`${spec.name}: ${differences.join('; ')}.`];
}
