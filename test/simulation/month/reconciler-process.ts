import type { ReconcileItem } from '../../../src/domain/rows.ts';
import { createReconciler } from '../../../src/reconciling/reconcile.ts';
import { Killed } from '../../memory/pics.ts';
import type { MonthExchange } from './exchange.ts';
import { openPorts } from './ports.ts';
import type { Process } from './process.ts';
import type { Partition } from './topics.ts';

type Reconciler = ReturnType<typeof createReconciler>;

/** Brings what a vendor showed into PICS: all partitions, each in its order, from where PICS says that it stands. */
export function startReconciler(exchange: MonthExchange): Process {
  const process = exchange.newProcess();
  const opening = openReconciler(exchange, process);
  const start = (run: (reconciler: Reconciler) => Promise<void>): void => {
    opening.then(run).catch((fault: unknown) => {
      if (!(fault instanceof Killed)) exchange.world.fail(fault);
    });
  };
  for (const partition of exchange.topics.partitions)
    start((reconciler) => runPartition(exchange, process, partition, reconciler));
  start((reconciler) => reconciler.retryParked(new AbortController().signal));
  return process;
}

async function runPartition(
  { world: { clock, pics }, random }: MonthExchange,
  process: Process,
  to: Partition,
  reconciler: Reconciler,
): Promise<void> {
  const { topic, partition } = to;
  const claimed = await pics.store.whenFree(() => pics.store.claim(topic, partition));
  reconciler.take({ topic, partition, epoch: claimed.epoch }, claimed.report);
  let next = Number(claimed.nextOffset ?? 0n);
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
    const result = await reconciler.reconcile({ topic, partition, epoch: claimed.epoch, records }, signal);
    if (result.kind !== 'done') return; // another process has the partition by now
    next = Number(result.nextOffset);
  }
}

async function openReconciler(exchange: MonthExchange, process: Process): Promise<Reconciler> {
  const ports = await openPorts(exchange, process);
  const { clock } = ports;
  return createReconciler({
    ...ports,
    withTransaction: ports.pics.openTransactions(exchange.name),
    // Waiting for an upload is looked at less often than in earnest: hours of it are simulated.
    clock: { nowMs: clock.nowMs, sleep: (ms, signal) => clock.sleep(ms * 20, signal) },
    meter: {
      alarmed: () => {},
      applied: (settled) => {
        for (const { record, outcome, code } of settled)
          exchange.trace(() => `   applied ${toWords(record.item)}: ${outcome} ${code ?? ''}`);
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
