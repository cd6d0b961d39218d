import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { fastStartFlags, findJava } from '../../../stack/java.ts';
import { classPathOf } from '../../../stack/parts/part.ts';
import { platformOf, stackDirOf } from '../../../stack/versions.ts';

/** A partition as Kafka's own tool for consumer groups shows it. */
export type ToolLine = {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint;
  readonly end: bigint;
  readonly lag: bigint;
};

/** Runs the tool that comes with the local stack's broker. */
async function runTool(brokers: readonly string[], args: readonly string[]): Promise<string> {
  const { file } = await findJava();
  const lib = path.join(stackDirOf(platformOf(process.platform, process.arch)), 'lib');
  const { stdout } = await promisify(execFile)(
    file,
    [
      ...fastStartFlags,
      ...['-Xmx128m', '-cp', classPathOf(lib)],
      'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
      ...['--bootstrap-server', brokers.join(',')],
      ...args,
    ],
    { maxBuffer: 10_000_000 },
  );
  return stdout;
}

/** Partitions without a committed offset are left out. */
export async function describeGroups(
  brokers: readonly string[],
  groups: readonly string[],
): Promise<ToolLine[]> {
  const named = groups.flatMap((group) => ['--group', group]);
  const text = await runTool(brokers, ['--describe', '--offsets', ...named]);
  return text.split('\n').flatMap((line): ToolLine[] => {
    const [group = '', topic = '', partition, committed = '', end = '', lag = ''] = line.trim().split(/\s+/);
    if (!groups.includes(group) || !/^\d+$/.test(committed)) return [];
    const offsets = { committed: BigInt(committed), end: BigInt(end), lag: BigInt(lag) };
    return [{ group, topic, partition: Number(partition), ...offsets }];
  });
}

/** As an operator moves a group back, in all topics that it has read. It must have no members. */
export async function resetToEarliest(brokers: readonly string[], group: string): Promise<void> {
  await runTool(brokers, [
    ...['--reset-offsets', '--to-earliest', '--all-topics', '--execute'],
    ...['--group', group],
  ]);
}
