import { silentLog } from '../../../src/base/log.ts';
import { createSmartAssessor } from '../../../src/vendors/smart-assessor/client/client.ts';
import { createReadPage, pollResources } from '../../../src/vendors/smart-assessor/client/read-page.ts';
import type { Connection } from '../../../src/vendors/smart-assessor/client/transport.ts';

/*
 * A process of its own for each contract, so that the memory that is measured is the client's alone. It reads every
 * list as a pass does, one after the other, lets each go, and prints what that took.
 */

const connection = JSON.parse(process.argv[2] ?? '{}') as Omit<Connection, 'credential'> & {
  readonly credential: Readonly<Record<keyof Connection['credential'], string>>;
};
const { credential } = connection;

const port = createSmartAssessor({
  connection: {
    ...connection,
    credential: {
      userName: () => credential.userName,
      password: () => credential.password,
      clientKey: () => credential.clientKey,
      g1ApiKey: () => credential.g1ApiKey,
    },
  },
  budget: { take: async () => ({ waitedMs: 0 }), pauseFor: async () => {} },
  sessionCache: { read: async () => null, write: async () => {}, forget: async () => {} },
  log: silentLog,
  now: Date.now,
  steadyMs: () => performance.now(),
  sleep: async () => {},
  chance: () => 0,
});

const account = () => ({ priority: 'poll' as const, prepaid: 0 });
const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;

/** The first call brings what any call needs; it is not counted. */
await port.call('read-courses', {}, account());
const before = peakMiB();
const began = performance.now();
const readPage = createReadPage({
  port,
  site: 'main',
  kept: { learner: new Set(), officer: new Set(), risk: false },
  log: silentLog,
  chance: Math.random,
});
const lists = [await readList('learner'), await readList('learner-course')];
const seconds = (performance.now() - began) / 1000;
const grownMiB = peakMiB() - before;

/** Twenty look-ups at once, as a step with as many officers would make them. */
const lookedUpAt = performance.now();
const lookUps = Array.from({ length: 20 }, (_, n) =>
  port.call('find-learner', { misId: String(100_000 + n) }, account()),
);
const found = (await Promise.all(lookUps)).filter(({ kind }) => kind === 'ok').length;
const lookUpSeconds = (performance.now() - lookedUpAt) / 1000;
process.stdout.write(`${JSON.stringify({ lists, seconds, grownMiB, before, found, lookUpSeconds })}\n`);
await port.close();

/** Page by page, as a pass reads it. */
async function readList(entity: string): Promise<{ records: number; isComplete: boolean }> {
  const resource = pollResources.find((one) => one.entity === entity);
  if (resource === undefined) throw new Error(`no list of ${entity}`);
  let records = 0;
  for (let cursor: string | null = null; ; ) {
    const request = { resource, cursor, learnerVendorId: null, extent: 'full', cause: 'poll' } as const;
    const page = await readPage(request);
    if (page.kind !== 'page') throw new Error(JSON.stringify(page));
    records += page.observations.length;
    if (page.next === null) return { records, isComplete: page.isPartial !== true };
    cursor = page.next;
  }
}
