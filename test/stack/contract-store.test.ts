import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '../../src/store/store.ts';
import { describeStore } from '../contracts/store.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

describeStore('the sync database', openStore, stackTest);

async function openStore() {
  const { pool, databaseUrl, [Symbol.asyncDispose]: close } = await openStoreDatabase();
  return {
    store: createStore({ pool, databaseUrl }),
    nowMs: Date.now,
    pass: async (ms: number) => void (await sleep(ms)),
    close,
  };
}
