import type { PollRunWork } from '../../src/domain/polling.ts';
import type { Run } from '../../src/domain/run.ts';

const passRun: Run = {
  ...{ id: 1, vendor: 'onefile', centre: '7', state: 'running', askedBy: 'schedule', approvedBy: null },
  order: { kind: 'synchronise', filter: {}, start: { kind: 'beginning' }, topics: [], readsVendor: true },
  ...{ askedAtMs: 0, startedAtMs: 0, endedAtMs: null, plan: null, code: null, params: {} },
  progress: { items: 0, done: 0, failed: 0, calls: 0 },
};

/** For pollers whom no person asks for runs: full passes alone. */
export const noRuns: PollRunWork = {
  isInWork: async () => false,
  isWaited: async () => false,
  work: async () => {},
  wantedPass: async () => null,
  beginPass: async () => passRun,
  isOn: async () => true,
  endPass: async () => {},
};
