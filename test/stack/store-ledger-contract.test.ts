import type { Enrolment } from '../../src/domain/enrolment.ts';
import type { LaneKey } from '../../src/domain/ledger.ts';
import { openEnrolment } from '../../src/store/enrolments.ts';
import { retryHeld, skipHeld } from '../../src/store/held.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { openWorker } from '../../src/store/worker.ts';
import { describeLedger } from '../contracts/ledger.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

describeLedger('the sync database', openStore, stackTest);

async function openStore() {
  const { databaseUrl, pool, [Symbol.asyncDispose]: dispose } = await openStoreDatabase();
  return {
    ledger: createLedger(pool),
    startWorker: async () => {
      const { worker, close } = await openWorker({ databaseUrl });
      let isOver = false;
      const end = async (): Promise<void> => {
        if (!isOver) await close();
        isOver = true;
      };
      return { worker, end };
    },
    retry: async (id: string) => {
      await retryHeld(pool, { ids: [id] }, { by: 'ann' });
    },
    skip: async (id: string) => {
      await skipHeld(pool, id, { reason: 'left the company', by: 'ann' });
    },
    openEnrolment: (key: LaneKey, enrolment: Pick<Enrolment, 'id' | 'plan'>) =>
      openEnrolment(pool, key, enrolment),
    close: dispose,
  };
}
