import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import type { Topics } from '../../src/domain/ports.ts';
import { openTopics } from '../../src/kafka/messaging.ts';
import { topicNames } from '../../src/kafka/topics.ts';
import { createToChange } from '../../src/pics/changes.ts';
import { toMapping } from '../../src/pics/mapping.ts';
import { runOutbound } from '../../src/roles/outbound.ts';
import { runPoller } from '../../src/roles/poller.ts';
import { realClock } from '../../src/roles/ports.ts';
import { runReconciler } from '../../src/roles/reconciler.ts';
import type { Role } from '../../src/roles/role.ts';
import { control } from '../memory/door.ts';
import { confirmedFor, createMemoryOneFile, oneFileRoleSettings } from '../memory/onefile.ts';
import { createMemoryPorts } from '../memory/ports.ts';
import { createMemoryBroker } from '../support/memory-broker/memory-broker.ts';
import { smallCentre } from '../support/onefile-client.ts';
import { traceFiles } from '../support/trace-files.ts';
import { imogen } from '../tour/installation.ts';
import { tables, toBytes } from '../tour/pics-events.ts';

const names = topicNames('');

/** Only a real PICS runs these: the stack tests of the reconciler do. In memory they have a twin. */
const runByRealPics = ['src/pics/reconcile.ts', 'src/pics/apply-rows.ts'];

/** It asks for records all the time, so when it runs first says nothing. */
const runsWhileIdle = 'src/kafka/consume.ts';

/** Loaded, and no part of either path: the trace must not have it. */
const apart = 'src/requests/enrol.ts';

const architecture = readFileSync(path.resolve(import.meta.dirname, '../../ARCHITECTURE.md'), 'utf8');
const [, toOneFile = [], toPics = []] = (
  /^## The path of one record$(.*?)^## /ms.exec(architecture)?.[1] ?? ''
)
  .split(/^\*\*/m)
  .map((way) => [...way.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = '']) => file));

/** Topics over a broker and a registry in memory. */
async function openMemoryTopics() {
  const broker = createMemoryBroker();
  const schemas = new Map<number, object>(
    Object.values(tables).map(({ schemaId, schema }) => [schemaId, schema]),
  );
  const topics = await openTopics({
    broker,
    registry: {
      getWriterSchema: async (id) => schemas.get(id) ?? null,
      registerSchema: async (_subject, schema) => {
        const id = 100 + schemas.size;
        schemas.set(id, schema);
        return id;
      },
      check: async () => {},
    },
    names,
    prefix: '',
    originPrefix: 'picsync',
    toChange: createToChange(toMapping()),
    clock: realClock,
    raise: async () => {},
    log: silentLog,
  });
  const all = [names.pics, names.entities].flatMap((group) => Object.values(group));
  const created = { partitions: 1, replicationFactor: 1, config: {} };
  await broker.admin.createTopics(
    [
      ...all,
      names.request,
      names.link,
      names.requestResult,
      names.canary,
      names.canaryFlight,
      names.deadLetter,
    ].map((name) => ({
      ...created,
      name,
    })),
  );
  return { broker, topics };
}

async function setup() {
  const { broker, topics } = await openMemoryTopics();
  const { vendor, simulator } = createMemoryOneFile({ clock: realClock, records: smallCentre });
  const memory = createMemoryPorts({ clock: realClock, vendors: [vendor], learners: [imogen] });
  const ports = { ...memory, topics: topics as Topics };
  for (const { code, externalId } of imogen.officers) memory.pics.setOfficer(code, externalId);
  await memory.store.vendors.enable({
    vendor: 'onefile',
    by: 'test',
    confirmed: confirmedFor(),
    isSyncDue: false,
  });
  const settings = oneFileRoleSettings();
  const stop = new AbortController();
  const running: Promise<unknown>[] = [];
  const run = (role: Role): void => void running.push(role(ports, settings, stop.signal));
  /** A person types a registration number, and Debezium sends the row. */
  const type = async (reference: string, regno: string): Promise<void> => {
    const row = { ident: '10001   ', vqref: reference, seq: 1, regno: null };
    await memory.pics.edit('10001', (known) => ({
      ...known,
      qualifications: known.qualifications.map((one) =>
        one.reference === reference ? { ...one, registrationNumber: regno } : one,
      ),
    }));
    const value = toBytes('trqual', { op: 'u', before: row, after: { ...row, regno } });
    await broker.createProducer().send([{ topic: names.pics.trqual, key: null, value }]);
  };
  const { dispositions } = memory.meter;
  run(runOutbound);
  // The first exchange of the learner links it and reads what is kept for a while, such as the list of assessors.
  await type('196AS', 'RG-2');
  await waitFor(() => dispositions.length === 1);
  return {
    simulator,
    pics: memory.pics,
    run,
    type,
    dispositions,
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the test ends'));
      await Promise.allSettled(running);
      await topics.close();
    },
  };
}

async function waitFor(isSo: () => boolean): Promise<void> {
  await expect.poll(isSo, { timeout: 20_000, interval: 20 }).toBe(true);
}

test('a change of PICS runs through the files that ARCHITECTURE lists, in their order', async () => {
  expect(toOneFile.length).toBeGreaterThan(5);
  expect(toOneFile.length).toBeLessThanOrEqual(12);
  await using world = await setup();
  const trace = traceFiles([...toOneFile, apart]);
  await world.type('603/1122/3', 'RG-9');
  await waitFor(() => world.dispositions.length === 2);
  expect(trace.stop()).toEqual(toOneFile);
  expect(world.dispositions).toEqual(['settled', 'settled']);
  expect(world.simulator.calls().some(({ body }) => JSON.stringify(body)?.includes('RG-9'))).toBe(true);
}, 60_000);

test('a change at OneFile runs through the files that ARCHITECTURE lists, in their order', async () => {
  expect(toPics.length).toBeGreaterThan(5);
  expect(toPics.length).toBeLessThanOrEqual(12);
  const listed = toPics.filter((file) => !runByRealPics.includes(file));
  await using world = await setup();
  world.run(runReconciler);
  world.run(runPoller);
  const callCount = () => world.simulator.calls().length;
  const begin = callCount();
  await waitFor(() => callCount() > begin);
  // Between two turns of the poller: it has made no call for a while, and the next turn begins after this one.
  for (let count = -1; count !== callCount(); ) {
    count = callCount();
    await realClock.sleep(300);
  }
  control(world.simulator, 'POST', '/act/reviews', {
    learnerId: 400061,
    scheduledFor: new Date(realClock.nowMs() - 3_600_000).toISOString(),
    assessorId: 400002,
  });
  const trace = traceFiles([...listed, apart]);
  await waitFor(() => (world.pics.find('10001')?.reviews.length ?? 0) > 0);
  const seen = trace.stop();
  expect(seen).toContain(runsWhileIdle);
  const inOrder = (files: readonly string[]) => files.filter((file) => file !== runsWhileIdle);
  expect(inOrder(seen)).toEqual(inOrder(listed));
}, 60_000);
