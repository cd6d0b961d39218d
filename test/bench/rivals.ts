import { Pool } from 'undici';
import { silentLog } from '../../src/base/log.ts';
import { createKafka } from '../../src/kafka/client.ts';

/** A topic that is filled already, and the vendor to be called once a record. */
export type Course = {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly vendorUrl: string;
};
export type Lap = { readonly count: number; readonly elapsedMs: number; readonly cpuMs: number };

export function openVendor(
  vendorUrl: string,
  connections: number,
): (key: string, value: string) => Promise<void> {
  const pool = new Pool(vendorUrl, { connections, pipelining: 1 });
  return async (key, value) => {
    const { body } = await pool.request({ path: `/${key}`, method: 'POST', body: value });
    await body.dump();
  };
}

/** How long `count` calls take when nothing else is done. */
export async function runCeiling(vendorUrl: string, inFlight: number, count: number): Promise<Lap> {
  const call = openVendor(vendorUrl, inFlight);
  return measure(async () => {
    let next = 0;
    const work = async (): Promise<void> => {
      for (let at = next++; at < count; at = next++) await call(`key${at}`, '1');
    };
    await Promise.all(Array.from({ length: inFlight }, work));
    return count;
  });
}

/** One record after the other, as `eachMessage` does it. Stops after a while: it would take minutes. */
export function runSequential(course: Course, limitMs: number): Promise<Lap> {
  const call = openVendor(course.vendorUrl, 1);
  return runConsumer(course, limitMs, async (records, isOver) => {
    let done = 0;
    for (const { key, value } of records) {
      if (isOver()) break;
      await call(key, value);
      done += 1;
    }
    return done;
  });
}

/** All records of a batch at once, as it is often written. */
export function runNaive(course: Course, limitMs: number): Promise<Lap> {
  const call = openVendor(course.vendorUrl, 4096);
  return runConsumer(course, limitMs, async (records) => {
    await Promise.all(records.map(({ key, value }) => call(key, value)));
    return records.length;
  });
}

type Plain = { readonly key: string; readonly value: string };
type EachBatch = (records: readonly Plain[], isOver: () => boolean) => Promise<number>;

/** A plain kafkajs consumer over the whole topic, or until the limit. */
async function runConsumer({ brokers, topic }: Course, limitMs: number, eachBatch: EachBatch): Promise<Lap> {
  const kafka = createKafka({ brokers: [...brokers], clientId: 'rival' }, silentLog);
  const admin = kafka.admin();
  await admin.connect();
  const total = Number((await admin.fetchTopicOffsets(topic))[0]?.high ?? 0);
  await admin.disconnect();
  const consumer = kafka.consumer({
    groupId: `rival-${process.hrtime.bigint()}`,
    maxBytesPerPartition: 524_288,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const lap = await measure(
    () =>
      new Promise<number>((resolve) => {
        let done = 0;
        let endMs = Number.POSITIVE_INFINITY;
        const isOver = (): boolean => performance.now() > endMs;
        void consumer.run({
          eachBatchAutoResolve: true,
          eachBatch: async ({ batch, heartbeat }) => {
            if (endMs === Number.POSITIVE_INFINITY) endMs = performance.now() + limitMs;
            const records = batch.messages.map(({ key, value }) => ({
              key: String(key),
              value: String(value),
            }));
            done += await eachBatch(records, isOver);
            await heartbeat();
            if (done >= total || isOver()) resolve(done);
          },
        });
      }),
  );
  await consumer.disconnect();
  return lap;
}

export async function measure(run: () => Promise<number>): Promise<Lap> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const count = await run();
  const { user, system } = process.cpuUsage(cpu);
  return { count, elapsedMs: performance.now() - startMs, cpuMs: (user + system) / 1000 };
}
