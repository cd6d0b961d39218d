import { silentLog } from '../../../src/base/log.ts';
import { readConfig } from '../../../src/config/config.ts';
import { openSiteTopics } from '../../../src/roles/ports.ts';
import { oneFile } from '../../../src/vendors/onefile/onefile.ts';
import type { Deployment } from '../../support/deployment/deployment.ts';

export type BareRead = { readonly records: number; readonly seconds: number };

/** Reads the change topics of OneFile's tables once from their beginning, decodes each record, and does nothing with it. */
export async function readBare(deployment: Deployment): Promise<BareRead> {
  const read = readConfig(deployment.configFile, { ...process.env, ...deployment.env });
  if (read.kind === 'faults') throw new Error(read.faults.map(({ sentence }) => sentence).join(' '));
  const topics = await openSiteTopics({
    config: read.config,
    broker: deployment.kafka,
    raise: async () => {},
    log: silentLog,
  });
  try {
    const beganMs = performance.now();
    const readings = await topics.readChangesThrough(
      { group: 'bench.bare', tables: oneFile.tables, start: { kind: 'beginning' } },
      () => {},
      new AbortController().signal,
    );
    const records = readings.reduce((sum, { count }) => sum + count, 0);
    return { records, seconds: (performance.now() - beganMs) / 1000 };
  } finally {
    await topics.close();
  }
}
