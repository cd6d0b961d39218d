import type { Change } from '../../../src/domain/change.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { LaneState, Ledger } from '../../../src/domain/ledger.ts';
import type { Pics, Topics } from '../../../src/domain/ports.ts';
import type { RowsQuery } from '../../../src/domain/rows.ts';
import { referenceTables } from '../../../src/pics/tables.ts';
import { toSnapshotRows } from '../../memory/pics-changes.ts';
import { openRunWorld, type RunWorld } from '../../support/run-world.ts';
import { BigCentre } from '../pull/big-centre.ts';

const beganMs = Date.UTC(2026, 0, 15, 4);
const size = { learners: 1, aimsEach: 2, reviewsEach: 2, assessors: 1, placements: 1 };
const scope = { vendor: 'onefile', centre: '301' } as const;
const entities = ['learner', 'episode', 'learner-details', 'qualification', 'review'] as const;
/** A user of PICS has edited this one since. */
const editedNumber = 7;
/** A learner is read from both sides, one shortly after the other. */
const mostRecent = 100;

/** A learner with all that the sync knows of it. */
type Exchanged = { readonly learner: Learner; readonly lane: LaneState };

export type ManyLearners = {
  /** What a vendor is opened with. */
  readonly ports: RunWorld['ports'];
  readonly pics: Pick<Pics, 'readLearner' | 'readOwner' | 'readRows'>;
  readonly ledger: Pick<Ledger, 'readLane'>;
  readonly source: {
    readonly pics: Pick<Pics, 'readIdentOfReview' | 'readLanesOf' | 'requestSnapshot'>;
    readonly topics: Pick<Topics, 'readChangesThrough'>;
  };
};

/**
 * Many learners in PICS, in the sync database and in the change topics, all of whom were exchanged; one was edited since.
 *
 * One learner was exchanged by the product's roles with the simulator. The others are that one again with ids of their own,
 * made when they are read and soon let go, so that the memory of the process is that of the code which reads them.
 */
export async function openManyLearners(count: number): Promise<ManyLearners> {
  const { ports, ...first } = await exchangeOne();
  const copy = createCopy(first);
  const ident = (n: number): string => copy(n).learner.ident;
  const prefix = first.learner.ident.length;
  const find = (of: string): Exchanged | null => {
    const n = Number(of.slice(prefix));
    return of.length === prefix + 6 && n < count ? copy(n) : null;
  };
  const readLearner: Pics['readLearner'] = async (asked) => find(asked.ident)?.learner ?? null;
  const pics = {
    readLearner,
    readOwner: ports.pics.readOwner,
    readRows: async (query: RowsQuery) => ({
      ...(await ports.pics.readRows(query)),
      learners: new Map(
        query.idents.flatMap((one) => {
          const found = find(one);
          return found === null ? [] : [[one, found.learner] as const];
        }),
      ),
    }),
  };
  const readLane: Ledger['readLane'] = async (query) =>
    find(query.ident)?.lane ?? ports.store.ledger.readLane(query);
  const idents = new Set<string>();
  return {
    ports,
    pics,
    ledger: { readLane },
    source: {
      pics: {
        readIdentOfReview: ports.pics.readIdentOfReview,
        requestSnapshot: ports.pics.requestSnapshot,
        readLanesOf: async (table) => {
          const has = toRecords(copy(0).learner).some((record) => record.table === table);
          if (has && idents.size === 0) for (let n = 0; n < count; n += 1) idents.add(ident(n));
          return has ? idents : new Set();
        },
      },
      topics: { readChangesThrough: createReadThrough(count, (n) => toRecords(copy(n).learner)) },
    },
  };
}

async function exchangeOne(): Promise<Exchanged & Pick<ManyLearners, 'ports'>> {
  const { learner: before, records } = createOne();
  const { ident } = before;
  const world = await openRunWorld({ learners: [before], records });
  const row = await world.give('run-plan', { kind: 'synchronise', filter: { idents: [ident] } });
  const id = Number(row.result?.['run']);
  const { plan } = await world.until(id, ({ state }) => state === 'planned');
  await world.give('run-approve', { run: id, digest: plan?.digest ?? '' });
  await world.until(id, ({ state }) => state === 'done');
  await world.settled();
  await world[Symbol.asyncDispose]();
  const { ports } = world;
  const learner = await ports.pics.readLearner({ ident, txIds: [] });
  if (learner === null) throw new Error(`there is no learner ${ident}`);
  const officers = learner.officers.map(({ code }) => code);
  const learnerVendorIds = [learner.oneFileId ?? ''];
  const asked = { ...scope, ident, officers, organisations: [], learnerVendorIds };
  const lane = await ports.store.ledger.readLane(asked);
  if (lane.links.length <= size.aimsEach) throw new Error('the learner was not exchanged');
  return { ports, learner, lane };
}

/** The only learner of a centre, the same person on both sides. */
function createOne(): { readonly learner: Learner; readonly records: Json } {
  const centre = new BigCentre(size, beganMs);
  const [learner] = centre.inPics();
  if (learner === undefined) throw new Error('the centre has one learner');
  const portions = [...centre.portions()];
  const users = portions
    .flatMap((portion) => portion['users'] ?? [])
    .map((user) => (String(user['ID']) === learner.oneFileId ? { ...user, MISID: learner.ident } : user));
  return { learner, records: Object.assign({}, ...portions, { users }) as Json };
}

/** The same with another ident and other ids. Each ends with the number in six digits, so none meets another. */
function createCopy({ learner, lane }: Exchanged): (n: number) => Exchanged {
  const own = lane.links.filter((link) => link.ident === learner.ident);
  const ids = new Set([
    ...own.map(({ vendorId }) => vendorId),
    ...lane.shadows.flatMap((one) => (one.learnerVendorId === learner.oneFileId ? [one.vendorId] : [])),
    ...learner.reviews.map(({ id }) => id),
  ]);
  const parts = JSON.stringify({ learner, lane })
    .replaceAll(learner.ident, `${learner.ident}~`)
    .replaceAll(new RegExp(`"(${[...ids].join('|')})"`, 'g'), '"$1~"')
    .split('~');
  const recent = new Map<number, Exchanged>();
  return (n) => {
    const known = recent.get(n);
    if (known !== undefined) return known;
    const copied = JSON.parse(parts.join(String(n).padStart(6, '0'))) as Exchanged;
    const one = n === editedNumber ? { ...copied, learner: edit(copied.learner) } : copied;
    if (recent.size >= mostRecent) recent.clear();
    recent.set(n, one);
    return one;
  };
}

function edit(learner: Learner): Learner {
  const [first, ...others] = learner.qualifications;
  if (first === undefined) throw new Error('the learner has qualifications');
  return { ...learner, qualifications: [{ ...first, certificateAppliedOn: '2026-01-12' }, ...others] };
}

type TableRecord = { readonly table: string; readonly change: Change };

/** A learner's rows in the topics, as the connector's first snapshot reads them. */
function toRecords(learner: Learner): readonly TableRecord[] {
  return entities.flatMap((entity) =>
    toSnapshotRows(entity, learner).map((row): TableRecord => {
      const { table } = referenceTables[entity];
      return { table, change: { ...row, origin: null, txId: 1, committedAtMs: beganMs } as never };
    }),
  );
}

function createReadThrough(
  count: number,
  recordsOf: (n: number) => readonly TableRecord[],
): Topics['readChangesThrough'] {
  return async ({ tables, start }, handle, signal) => {
    const counts = new Map(tables.map((table) => [table, 0]));
    const isWhole = start.kind === 'beginning';
    for (let n = 0; isWhole && n < count; n += 1) {
      signal.throwIfAborted();
      for (const { table, change } of recordsOf(n)) {
        const offset = counts.get(table);
        if (offset === undefined) continue;
        const place = { topic: table, partition: 0, offset: BigInt(offset), timestampMs: beganMs };
        const handled = handle({ kind: 'change', change }, place);
        if (handled instanceof Promise) await handled;
        counts.set(table, offset + 1);
      }
    }
    return [...counts].map(([topic, read]) => {
      const bounds = { low: 0n, start: 0n, end: BigInt(read) };
      return { topic, partition: 0, ...bounds, count: read, unreadable: 0, isBeginningDeleted: false };
    });
  };
}
