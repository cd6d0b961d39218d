import type { Json } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { Link } from '../../../src/domain/link.ts';
import type { Shadow } from '../../../src/domain/observation.ts';
import type { Pics } from '../../../src/domain/ports.ts';
import { toSnapshotRows } from '../../memory/pics-changes.ts';
import { openRunWorld, type RunWorld } from '../../support/run-world.ts';
import { BigCentre } from '../pull/big-centre.ts';

const beganMs = Date.UTC(2026, 0, 15, 4);
const size = { learners: 1, aimsEach: 2, reviewsEach: 6, assessors: 1, placements: 1 };
const scope = { vendor: 'onefile', centre: '301' } as const;
const entities = ['learner', 'episode', 'learner-details', 'qualification', 'review'] as const;

type ReviewHolder = Awaited<ReturnType<Pics['readReviewHolders']>>[number];

/** A learner with all that both sides know of it. */
type Exchanged = {
  readonly learner: Learner;
  readonly links: readonly Link[];
  readonly shadows: readonly Shadow[];
};

/**
 * Many learners in PICS, in the sync database and in the change topics, all of whom were exchanged: one of them by the
 * product's roles, with the simulator; the others are that one again, with ids of their own.
 */
export async function openManyLearners(count: number): Promise<RunWorld['ports']> {
  const { learner, records } = createOne();
  const { ident } = learner;
  const world = await openRunWorld({ learners: [learner], records });
  const row = await world.give('run-plan', { kind: 'synchronise', filter: { idents: [ident] } });
  const id = Number(row.result?.['run']);
  const { plan } = await world.until(id, ({ state }) => state === 'planned');
  await world.give('run-approve', { run: id, digest: plan?.digest ?? '' });
  await world.until(id, ({ state }) => state === 'done');
  await world.settled();
  await world[Symbol.asyncDispose]();
  const { pics, store, topics } = world.ports;
  const first = readExchanged(world, ident);
  const copy = createCopy(first);
  const holders = new Map<string, ReviewHolder>();
  for (let n = 0; n < count; n += 1) {
    const one = n === 0 ? first : copy(n);
    pics.setLearner(one.learner);
    for (const { id, oneFileId } of one.learner.reviews)
      if (oneFileId !== null) holders.set(oneFileId, { id, ident: one.learner.ident, vendorId: oneFileId });
    for (const link of one.links) store.ledger.linkTable.put(link);
    for (const shadow of one.shadows) store.ledger.shadowTable.keep(shadow);
    for (const entity of entities)
      for (const change of toSnapshotRows(entity, one.learner))
        topics.publishChange({ ...change, txId: n, committedAtMs: beganMs, origin: null } as never);
  }
  // The memory's own answer takes longer the more learners there are; an index of PICS does not.
  const readReviewHolders: Pics['readReviewHolders'] = async (_column, vendorIds) =>
    vendorIds.flatMap((vendorId) => holders.get(vendorId) ?? []);
  Object.assign(pics, { readReviewHolders });
  return world.ports;
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

function readExchanged({ pics, store }: RunWorld, ident: string): Exchanged {
  const learner = pics.find(ident);
  if (learner === null) throw new Error(`there is no learner ${ident}`);
  const { linkTable, shadowTable } = store.ledger;
  const links = linkTable.ofLearner({ ...scope, ident });
  if (links.length < size.aimsEach) throw new Error('the learner was not exchanged');
  const shadows = shadowTable.ofLearners(scope, [learner.oneFileId ?? '']);
  return { learner, links, shadows };
}

/** The same with another ident and other ids. An id ends with the number, so none meets another. */
function createCopy({ learner, links, shadows }: Exchanged): (n: number) => Exchanged {
  const ids = new Set([
    ...links.flatMap(({ vendorId }) => [vendorId]),
    ...shadows.map(({ vendorId }) => vendorId),
    ...learner.reviews.map(({ id }) => id),
  ]);
  const text = JSON.stringify({ learner, links, shadows });
  const parts = text
    .replaceAll(learner.ident, `${learner.ident}~`)
    .replaceAll(new RegExp(`"(${[...ids].join('|')})"`, 'g'), '"$1~"')
    .split('~');
  return (n) => JSON.parse(parts.join(String(n).padStart(6, '0'))) as Exchanged;
}
