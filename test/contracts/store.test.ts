import { MemoryStore } from '../memory/store.ts';
import { describeStore } from './store.ts';

describeStore('the store in memory', async () => {
  let atMs = Date.UTC(2026, 0, 15);
  const nowMs = () => atMs;
  return {
    store: new MemoryStore({ nowMs }),
    nowMs,
    pass: async (ms) => {
      atMs += ms;
    },
    close: async () => {},
  };
});
