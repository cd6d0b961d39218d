import { expect } from 'vitest';
import {
  correctEnrolment,
  deleteEnrolmentsBefore,
  openEnrolment,
  readEnrolment,
} from '../../src/store/enrolments.ts';
import { readUnsettledIdents } from '../../src/store/intents.ts';
import { createLedger } from '../../src/store/ledger.ts';
import { anOutcome, learner } from '../support/ledger-records.ts';
import { stackTest } from '../support/stack/use-stack.ts';
import { openStoreDatabase } from './store-database.ts';

const query = { ...learner, officers: [], organisations: [], learnerVendorIds: [] };
const later = new Date(Date.now() + 60_000);

async function setup() {
  const database = await openStoreDatabase();
  const { pool } = database;
  const ledger = createLedger(pool);
  const open = (id: string, plan = { classroomId: '2001' }) => openEnrolment(pool, learner, { id, plan });
  return { database, pool, ledger, open };
}

stackTest(
  'of two enrol commands the later one counts, and both are remembered by their requests',
  async () => {
    const { database, pool, ledger, open } = await setup();
    await using _ = database;
    expect(await readEnrolment(pool, 'e1')).toBeNull();
    await open('e1');
    await open('e1', { classroomId: 'other' });
    expect(await readEnrolment(pool, 'e1')).toEqual({ state: 'open', plan: { classroomId: '2001' } });
    await open('e2', { classroomId: '2002' });
    expect((await readEnrolment(pool, 'e1'))?.state).toBe('superseded');
    expect((await ledger.readLane(query)).enrolment).toMatchObject({
      id: 'e2',
      plan: { classroomId: '2002' },
    });
  },
);

stackTest('commands for one learner at the same moment leave exactly one open', async () => {
  const { database, pool, ledger, open } = await setup();
  await using _ = database;
  await Promise.all(Array.from({ length: 8 }, (_unused, n) => open(`e${n}`)));
  const { rows } = await pool.query("select count(*)::int as n from sync.enrolment where state = 'open'");
  expect(rows).toEqual([{ n: 1 }]);
  expect((await ledger.readLane(query)).enrolment).not.toBeNull();
});

stackTest(
  'a corrected choice changes the open plan and moves the lane, so that no look acts on the old one',
  async () => {
    const { database, pool, ledger, open } = await setup();
    await using _ = database;
    const correct = () => correctEnrolment(pool, learner, (plan) => ({ ...plan, classroomId: '2003' }));
    expect(await correct()).toBe(false);
    await open('e1');
    const { version } = await ledger.readLane(query);
    expect(await correct()).toBe(true);
    expect(await ledger.recordOutcome(anOutcome({ version }))).toEqual({ kind: 'conflict' });
    const lane = await ledger.readLane(query);
    expect(lane.enrolment).toMatchObject({ id: 'e1', plan: { classroomId: '2003' }, milestones: [] });
    await ledger.recordOutcome(anOutcome({ version: lane.version, concludesEnrolment: true }));
    expect(await correct()).toBe(false);
  },
);

stackTest(
  'an open enrolment is looked at after a start, and kept however old; one that ended is not',
  async () => {
    const { database, pool, ledger, open } = await setup();
    await using _ = database;
    await open('e1');
    const unsettled = () => readUnsettledIdents(pool, 'onefile', { afterIdent: null, limit: 9 });
    expect(await unsettled()).toEqual(['00017']);
    expect(await deleteEnrolmentsBefore(pool, later)).toBe(0);
    const { version } = await ledger.readLane(query);
    await ledger.recordOutcome(anOutcome({ version, concludesEnrolment: true }));
    expect(await unsettled()).toEqual([]);
    expect(await deleteEnrolmentsBefore(pool, later)).toBe(1);
    expect(await readEnrolment(pool, 'e1')).toBeNull();
  },
);
