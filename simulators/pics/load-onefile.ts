import type { Dataset } from './generate/dataset.ts';
import type { OneFileEntry, OneFileKind, OneFileRecord } from './generate/onefile-records.ts';
import { toBatches } from './load-pics.ts';

const batchRecords = 500;

/**
 * Loads what OneFile holds of a seeded set into the OneFile simulator, and gives the number of records by kind.
 *
 * `controlUrl` is the simulator's address, with or without `/_control`.
 */
export async function loadOneFile(
  controlUrl: string,
  dataset: Dataset,
  onProgress: (records: number) => void = () => {},
): Promise<Map<OneFileKind, number>> {
  const url = `${controlUrl.replace(/\/+$/, '').replace(/\/_control$/, '')}/_control/records`;
  const counts = new Map<OneFileKind, number>();
  let loaded = 0;
  for (const batch of toBatches(dataset.oneFile(), batchRecords)) {
    for (const { kind } of batch) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    await post(url, toKinds(batch));
    loaded += batch.length;
    onProgress(loaded);
  }
  return counts;
}

function toKinds(batch: readonly OneFileEntry[]): Partial<Record<OneFileKind, OneFileRecord[]>> {
  const kinds: Partial<Record<OneFileKind, OneFileRecord[]>> = {};
  for (const { kind, record } of batch) {
    const records = kinds[kind] ?? [];
    records.push(record);
    kinds[kind] = records;
  }
  return kinds;
}

async function post(url: string, body: object): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new Error(`the OneFile simulator cannot be reached at ${url}`, { cause: error });
  });
  if (!answer.ok)
    throw new Error(`the OneFile simulator refused records: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}
