import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../onefile/simulator.ts';
import { startSimulator as startSmartAssessor } from '../smart-assessor/simulator.ts';
import { createDataset } from './generate/dataset.ts';
import { loadOneFile, loadSmartAssessor } from './load.ts';

async function setup(start: typeof startSimulator | typeof startSmartAssessor = startSimulator) {
  const simulator = await start({ size: 'empty' });
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

test('the Smart Assessor simulator takes every record of a set, under its id', async () => {
  const { controlUrl, read } = await setup(startSmartAssessor);
  const dataset = createDataset({ learners: 50 });
  const counts = await loadSmartAssessor(controlUrl, dataset);
  for (const [kind, count] of counts) expect(await read(`/records/${kind}`)).toHaveLength(count);
  const id = dataset.learner(29).rows.pctrndet[0]!.portfolio_id!;
  expect(await read(`/records/learners/${id}`)).toMatchObject({ misId: '10029', isArchived: false });
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
  const dataset = createDataset({ learners: 50 });
  await expect(loadOneFile(controlUrl, dataset)).rejects.toThrow('the OneFile simulator cannot be reached');
  await expect(loadSmartAssessor(controlUrl, dataset)).rejects.toThrow(
    'the Smart Assessor simulator cannot be reached',
  );
});
