import pg from 'pg';
import type { IntentRecord, LaneKey, OutcomeRecord } from '../../src/core/ledger.ts';
import type { NewLink } from '../../src/core/link.ts';
import type { Shadow } from '../../src/core/observation.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createStorePool } from '../../src/store/pool.ts';
import { uniqueName, useStack } from '../support/stack/use-stack.ts';

/** A sync database of the test's own; it is gone when the test ends, however that ends. */
export async function openStoreDatabase() {
  const { host, port, user, password, database } = useStack().postgres;
  const name = uniqueName('store');
  const urlOf = (path: string) =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${path}`;
  const act = async (text: string) => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  await act(`create database ${name}`);
  const databaseUrl = urlOf(name);
  await migrate(databaseUrl);
  const pool = createStorePool({ databaseUrl });
  return {
    databaseUrl,
    pool,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await act(`drop database ${name} with (force)`);
    },
  };
}

export const scope = { vendor: 'onefile', centre: 'c1' } as const;
export const learner: LaneKey = { ...scope, ident: '00017' };

export function anIntent(change: Partial<IntentRecord> = {}): IntentRecord {
  return {
    ...{ ...learner, version: 0, step: 'update-aim', effect: 'update', subject: 'aim:1', naturalKey: null },
    ...{ requestHash: 'hash', worker: 1, intentId: null },
    ...change,
  };
}

export function anOutcome(change: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return {
    ...{ ...learner, version: 0, intentId: null, state: null, code: null, vendorId: null },
    ...{ shadows: [], links: [], findings: [], holds: [], released: [], journal: [] },
    ...change,
  };
}

export function aShadow(change: Partial<Shadow> = {}): Shadow {
  return {
    ...{ ...scope, entity: 'learning-aim', vendorId: 'a1', learnerVendorId: '900' },
    ...{ record: { Progress: 1 }, observedAtMs: 1_000 },
    ...change,
  };
}

export function aLink(change: Partial<NewLink> = {}): NewLink {
  return {
    ...{ ...scope, kind: 'learner', picsId: '00017', vendorId: '900', ident: '00017', how: 'looked-up' },
    ...change,
  };
}
