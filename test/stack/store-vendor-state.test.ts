import { expect } from 'vitest';
import { neverEnabled } from '../../src/domain/vendor-state.ts';
import {
  clearSyncDue,
  disableVendor,
  enableVendor,
  readVendorState,
  requestSync,
} from '../../src/store/vendor-state.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const vendor = 'onefile';

stackTest(
  'a vendor is at work from its enabling to its disabling, and a full synchronisation is due',
  async () => {
    await using database = await openStoreDatabase();
    const { pool: db } = database;
    expect(await readVendorState(db, vendor)).toEqual(neverEnabled);
    await disableVendor(db, { vendor, by: 'nobody' });
    expect(await readVendorState(db, vendor)).toEqual(neverEnabled);

    await enableVendor(db, { vendor, confirmed: { environment: 'live' }, by: 'ann' });
    const first = await readVendorState(db, vendor);
    expect(first).toMatchObject({ isEnabled: true, confirmed: { environment: 'live' }, changedBy: 'ann' });
    expect(first.syncDueAtMs).toBe(first.firstEnabledAtMs);

    await disableVendor(db, { vendor, by: 'bob' });
    const off = await readVendorState(db, vendor);
    expect(off).toMatchObject({ isEnabled: false, confirmed: { environment: 'live' }, changedBy: 'bob' });

    await enableVendor(db, { vendor, by: 'ann', isSyncDue: false });
    const again = await readVendorState(db, vendor);
    expect(again.firstEnabledAtMs).toBe(first.firstEnabledAtMs);
    expect(again.syncDueAtMs, 'what was due stays due').toBe(first.syncDueAtMs);
  },
);

stackTest('a synchronisation that was wanted while another one ran stays due', async () => {
  await using database = await openStoreDatabase();
  const { pool: db } = database;
  await enableVendor(db, { vendor, by: 'ann' });
  const { syncDueAtMs } = await readVendorState(db, vendor);
  await db.query('select pg_sleep(0.01)');
  await requestSync(db, vendor);
  await clearSyncDue(db, vendor, syncDueAtMs ?? 0);
  const later = (await readVendorState(db, vendor)).syncDueAtMs;
  expect(later).toBeGreaterThan(syncDueAtMs ?? 0);
  await clearSyncDue(db, vendor, later ?? 0);
  expect((await readVendorState(db, vendor)).syncDueAtMs).toBeNull();
});
