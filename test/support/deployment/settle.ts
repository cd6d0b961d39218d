import { eventually } from '../eventually.ts';
import type { Deployment } from './deployment.ts';

const deadlineMs = 60_000;

/**
 * Waits until capture has shown everything PICS has committed, every record of every topic is dealt with and committed,
 * and nothing new has come of it.
 *
 * For what must not have happened: after this it would have. Asks of a poller only that nothing it has published is
 * left; see `untilPolled`.
 */
export async function settle(
  deployment: Deployment,
  queues: readonly Queue[] = queuesOf(deployment),
): Promise<void> {
  for (let before = -1n; ; ) {
    await untilCaptured(deployment);
    for (const queue of queues) await untilDrained(deployment, queue);
    const after = await countRecords(deployment);
    if (after === before) return;
    before = after;
  }
}

type VendorQueue = 'outbound' | 'command' | 'reconciler';
/** What waits for OneFile's flows, for those of every vendor, and for those of Smart Assessor. */
export type Queue = VendorQueue | 'answers' | `smartassessor.${VendorQueue}`;
const smartAssessorQueues: readonly Queue[] = [
  'smartassessor.outbound',
  'smartassessor.command',
  'smartassessor.reconciler',
];

function queuesOf({ hasSmartAssessor }: Deployment): readonly Queue[] {
  const always: readonly Queue[] = ['outbound', 'command', 'reconciler', 'answers'];
  return hasSmartAssessor ? [...always, ...smartAssessorQueues] : always;
}

export function toGroup({ name }: Deployment, queue: Queue): string {
  const isOneFiles = queue === 'outbound' || queue === 'command';
  return `${name}.pics-sync.${isOneFiles ? 'onefile.' : ''}${queue}`;
}

export function toTopics({ topics }: Deployment, queue: Queue): string[] {
  if (queue.endsWith('outbound')) return Object.values(topics.pics);
  if (queue.endsWith('command')) return [topics.request];
  if (queue === 'answers') return [topics.requestResult];
  const vendor = smartAssessorQueues.includes(queue) ? 'smartassessor.' : 'onefile.';
  const own = Object.entries(topics.entities).filter(([name]) => name.startsWith(vendor));
  return [...own.map(([, topic]) => topic), topics.link];
}

/** Makes a change that concerns nobody, and waits until capture shows it: what was committed before is shown too. */
export async function untilCaptured(deployment: Deployment): Promise<void> {
  const { pics, kafka, topics } = deployment;
  const countShown = async (): Promise<bigint> => sum(await kafka.admin.readBounds(topics.pics.epidata));
  const before = await countShown();
  await pics.query(
    `update pics.epidata set risk = case when risk = 'H' then 'L' else 'H' end
     where ident = (select min(ident) from pics.epidata)`,
  );
  await eventually(async () => {
    if ((await countShown()) <= before) throw new Error('capture does not show the newest change of PICS');
  }, deadlineMs);
}

/** Waits until a group has committed everything its topics hold. */
export async function untilDrained(deployment: Deployment, queue: Queue): Promise<void> {
  await eventually(async () => {
    const rest = await readBacklog(deployment, queue);
    if (rest.length > 0) throw new Error(`${queue} has not finished ${rest.join(', ')}`);
  }, deadlineMs);
}

/** Partitions with records that the group has not committed. */
export async function readBacklog(deployment: Deployment, queue: Queue): Promise<string[]> {
  const { admin } = deployment.kafka;
  const topics = toTopics(deployment, queue);
  const [bounds, committed] = await Promise.all([
    Promise.all(topics.map((topic) => admin.readBounds(topic))),
    admin.readCommitted(toGroup(deployment, queue), topics),
  ]);
  return bounds.flat().flatMap(({ topic, partition, low, high }) => {
    const place = committed.find((one) => one.topic === topic && one.partition === partition);
    return high > (place?.offset ?? low)
      ? [`${topic}/${partition} from ${place?.offset ?? low} to ${high}`]
      : [];
  });
}

/** All records but those of the change that `untilCaptured` makes. */
async function countRecords(deployment: Deployment): Promise<bigint> {
  const { admin } = deployment.kafka;
  const topics = queuesOf(deployment)
    .flatMap((queue) => toTopics(deployment, queue))
    .filter((topic) => topic !== deployment.topics.pics.epidata);
  const bounds = await Promise.all(topics.map((topic) => admin.readBounds(topic)));
  return sum(bounds.flat());
}

export function sum(bounds: readonly { readonly high: bigint }[]): bigint {
  return bounds.reduce((total, { high }) => total + high, 0n);
}

/** Waits until the poller has looked at OneFile's reviews twice from the beginning, and done all else it does in a turn. */
export async function untilPolled({ oneFile }: Deployment): Promise<void> {
  const mark = await oneFile.mark();
  await eventually(async () => {
    const calls = await oneFile.calls(mark);
    const turns = calls.filter(({ path }) => path.startsWith('Review/Search/1/')).length;
    if (turns < 3) throw new Error('the poller has not come round twice');
  }, deadlineMs);
}
