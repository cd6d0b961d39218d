import { describeLedger } from '../contracts/ledger.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { VirtualClock } from './virtual-clock.ts';

describeLedger('the memory ledger', async () => {
  const alive = new Set<number>();
  let last = 0;
  const { nowMs } = new VirtualClock();
  const ledger = new MemoryLedger({ isWorkerAlive: (worker) => alive.has(worker), nowMs });
  return {
    ledger,
    startWorker: async () => {
      last += 1;
      const worker = last;
      alive.add(worker);
      return { worker, end: async () => void alive.delete(worker) };
    },
    retry: async (id) => ledger.retry(id),
    skip: async () => {}, // to leave an item changes nothing that the engine sees
    openEnrolment: async (key, enrolment) =>
      ledger.openEnrolment(key, { ...enrolment, plannedAtMs: nowMs(), milestones: [] }),
    close: async () => {},
  };
});
