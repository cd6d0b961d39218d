import type { ReconcileItem } from '../../../src/domain/rows.ts';
import { createReconcile } from '../../../src/reconciling/reconcile.ts';
import { Killed } from '../../memory/pics.ts';
import { openPorts } from './ports.ts';
import type { Process } from './process.ts';
import type { Partition } from './topics.ts';
import type { MonthWorld } from './world.ts';

/** Brings what OneFile showed into PICS: all partitions, each in its order, from where PICS says that it stands. */
export function startReconciler(world: MonthWorld): Process {
  const process = world.newProcess();
  const reconcile = openReconcile(world, process);
  for (const partition of world.topics.partitions)
    reconcile
      .then((opened) => runPartition(world, process, partition, opened))
      .catch((fault: unknown) => {
        if (!(fault instanceof Killed)) world.fail(fault);
      });
  return process;
}

async function runPartition(
  { clock, random, pics }: MonthWorld,
  process: Process,
  to: Partition,
  reconcile: ReturnType<typeof createReconcile>,
): Promise<void> {
  const { topic, partition } = to;
  const claimed = await pics.store.whenFree(() => pics.store.claim(topic, partition));
  let next = Number(claimed.nextOffset);
  const { signal } = new AbortController();
  for (;;) {
    while (to.records.length <= next)
      await new Promise<void>((resolve) => {
        const others = to.wake;
        to.wake = () => {
          others();
          resolve();
          to.wake = () => {};
        };
      });
    await clock.sleep(random.chance() < 0.7 ? random.below(2_000) : random.below(600_000));
    process.check();
    const records = to.records.slice(next, next + 1 + random.below(200));
    const result = await reconcile({ topic, partition, epoch: claimed.epoch, records }, signal);
    if (result.kind !== 'done') return; // another process has the partition by now
    next = Number(result.nextOffset);
  }
}

async function openReconcile(
  world: MonthWorld,
  process: Process,
): Promise<ReturnType<typeof createReconcile>> {
  const ports = await openPorts(world, process);
  const { clock } = ports;
  return createReconcile({
    ...ports,
    withTransaction: ports.pics.openTransactions('onefile'),
    // Waiting for an upload is looked at less often than in earnest: hours of it are simulated.
    clock: { nowMs: clock.nowMs, sleep: (ms, signal) => clock.sleep(ms * 20, signal) },
    meter: {
      applied: (settled) => {
        for (const { record, outcome, code } of settled)
          world.trace(() => `   applied ${toWords(record.item)}: ${outcome} ${code ?? ''}`);
      },
    },
  });
}

function toWords(item: ReconcileItem): string {
  if (item.kind === 'observation') {
    const { entity, vendorId, observedAtMs, deleted } = item.observation;
    return `${deleted ? 'deletion of ' : ''}${entity} ${vendorId} read ${new Date(observedAtMs).toISOString()}`;
  }
  return item.kind === 'link'
    ? `link ${item.link.kind} ${item.link.picsId}=${item.link.vendorId}`
    : item.kind;
}
