import { silentLog } from '../../../src/base/log.ts';
import { createSmartAssessor } from '../../../src/vendors/smart-assessor/client/client.ts';
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
const lists = [
  await port.call('read-learners', { includeArchived: true }, account()).then(toCount),
  await port.call('read-learner-courses', {}, account()).then(toCount),
];
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

function toCount(answer: Awaited<ReturnType<typeof port.call<'read-learners' | 'read-learner-courses'>>>) {
  if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer));
  return { records: answer.value.records.length, isComplete: answer.value.isComplete };
}
