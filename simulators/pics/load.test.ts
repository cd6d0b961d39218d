import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../onefile/simulator.ts';
import { createDataset } from './generate/dataset.ts';
import { loadOneFile } from './load.ts';

async function setup() {
  const simulator = await startSimulator({ size: 'empty' });
  onTestFinished(() => simulator.stop());
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`${simulator.controlUrl}${path}`)).json();
  return { ...simulator, read };
}

test('the OneFile simulator takes every record of a set, under its id', async () => {
  const { controlUrl, read } = await setup();
  const dataset = createDataset({ learners: 50 });
  const counts = await loadOneFile(controlUrl, dataset);
  for (const [kind, count] of counts) expect(await read(`/records/${kind}`)).toHaveLength(count);
  expect(await read('/records/users/410001')).toMatchObject({ MISID: '10001', Role: 1, OrganisationID: 301 });
});

test('loading the same set again changes nothing', async () => {
  const { controlUrl, read } = await setup();
  const dataset = createDataset({ learners: 50 });
  await loadOneFile(controlUrl, dataset);
  const before = await read('/records/reviews');
  await loadOneFile(controlUrl, dataset);
  expect(await read('/records/reviews')).toEqual(before);
});

test('a simulator that is not there is named', async () => {
  const { controlUrl, stop } = await setup();
  await stop();
  await expect(loadOneFile(controlUrl, createDataset({ learners: 50 }))).rejects.toThrow('cannot be reached');
});
