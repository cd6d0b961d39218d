import { expect, test } from 'vitest';
import type { OutgoingRecord, Producer, PublishedAt } from './broker.ts';
import { createPublisher, type PublisherOptions } from './producer.ts';

function setup(options: Partial<PublisherOptions> = {}) {
  const batches: OutgoingRecord[][] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let isClosed = false;
  const producer: Producer = {
    send: (records) => {
      batches.push([...records]);
      return new Promise<PublishedAt[]>((resolve, reject) => {
        const at = records.map(({ topic }, index) => ({ topic, partition: 0, offset: BigInt(index) }));
        answers.push({ resolve: () => resolve(at), reject });
      });
    },
    close: async () => {
      isClosed = true;
    },
  };
  const publisher = createPublisher({ producer, ...options });
  const publish = (value: string, key: string | null = 'k') =>
    publisher.publish({ topic: 't', key: key === null ? null : Buffer.from(key), value: Buffer.from(value) });
  const values = () => batches.map((batch) => batch.map(({ value }) => String(value)));
  return { publisher, publish, batches, values, answers, isClosed: () => isClosed };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test('records of one turn go in one batch, records that come meanwhile in the next, in order', async () => {
  const { publish, values, answers } = setup();
  const published = [publish('a'), publish('b')];
  await turn();
  published.push(publish('c'), publish('d'));
  await turn();
  expect(values()).toEqual([['a', 'b']]);
  answers[0]?.resolve();
  await turn();
  expect(values()).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  answers[1]?.resolve();
  expect((await Promise.all(published)).map(({ offset }) => offset)).toEqual([0n, 1n, 0n, 1n]);
});

test('a batch is bounded by records and by bytes, and a large record goes alone', async () => {
  const { publish, values, answers } = setup({ maxBatchRecords: 2, maxBatchBytes: 10 });
  const published = ['a', 'b', 'c', 'large-large-large', 'd'].map((value) => publish(value));
  for (let index = 0; index < 4; index += 1) {
    await turn();
    answers[index]?.resolve();
  }
  await Promise.all(published);
  expect(values()).toEqual([['a', 'b'], ['c'], ['large-large-large'], ['d']]);
});

test('when sending fails, every record of the batch is refused, and the next batch goes on', async () => {
  const { publish, answers } = setup();
  const lost = [publish('a'), publish('b')];
  const settled = Promise.allSettled(lost);
  await turn();
  answers[0]?.reject(new Error('no acknowledgement'));
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const next = publish('c');
  await turn();
  answers[1]?.resolve();
  expect(await next).toMatchObject({ offset: 0n });
});

test('a record without key and without partition is refused before it is sent', async () => {
  const { publish, publisher, batches, answers } = setup();
  await expect(publish('a', null)).rejects.toThrow('neither key nor partition');
  const explicit = publisher.publish({ topic: 't', key: null, value: null, partition: 1 });
  await turn();
  answers[0]?.resolve();
  await explicit;
  expect(batches).toHaveLength(1);
});

test('a record that is too large for the broker is refused alone', async () => {
  const { publish, batches } = setup({ maxRecordBytes: 5 });
  await expect(publish('123456')).rejects.toThrow('more than 5');
  await turn();
  expect(batches).toEqual([]);
});

test('close waits for the batches in progress', async () => {
  const { publish, publisher, answers, isClosed } = setup();
  const published = publish('a');
  const closing = publisher.close();
  await turn();
  expect(isClosed()).toBe(false);
  answers[0]?.resolve();
  await Promise.all([published, closing]);
  expect(isClosed()).toBe(true);
});
