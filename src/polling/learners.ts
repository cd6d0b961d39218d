import type { Shadow } from '../domain/observation.ts';
import { toOwnerLane } from '../domain/owner.ts';
import type { VendorLearner } from '../domain/people.ts';
import type { ResourceRead } from '../domain/polling.ts';
import type { PollLearner } from '../domain/schedule.ts';
import type { PollPorts } from './page.ts';

/*
 * Whom a full pass reads, whom it links, and what it hands to the engine afterwards.
 */

/** Linked learners with what is known of their activity. */
export function readLinked({
  store,
  vendor,
}: Pick<PollPorts, 'store' | 'vendor'>): Promise<readonly PollLearner[]> {
  const scope = { vendor: vendor.name, centre: vendor.centre };
  return store.polling.readLearners(scope, vendor.polling.reviewTime);
}

/** Learners with an id in PICS and no link: a look at them asks the vendor and makes the link (G-2). */
export async function readClaimedLearners(ports: PollPorts): Promise<readonly VendorLearner[]> {
  const [linked, claimed] = await Promise.all([
    readLinked(ports),
    ports.pics.readVendorLearners(ports.vendor.columns.learner),
  ]);
  const known = new Set(linked.map(({ ident }) => ident));
  return claimed.filter(({ ident }) => !known.has(ident));
}

/**
 * G-2, OF-24: links learners whose id stands in PICS and whom a full pass has just seen at the vendor.
 *
 * The list of the centre's learners says of all of them what a call would say of one. An id that two learners show links
 * neither (D-7), nor one whose record contradicts who the learner is (D-13): a look at each of them says so in a held
 * item. Done again after a kill it links none twice.
 */
export async function linkSeenLearners(ports: PollPorts, { passId }: ResourceRead): Promise<void> {
  const { store, pics, passes, vendor, log } = ports;
  const scope = { vendor: vendor.name, centre: vendor.centre };
  const shown = await pics.readVendorLearners(vendor.columns.learner);
  const claims = Map.groupBy(shown, ({ vendorId }) => vendorId);
  const claimed = (await readClaimedLearners(ports)).filter(
    ({ vendorId }) => claims.get(vendorId)?.length === 1,
  );
  for (let at = 0; at < claimed.length; at += pageSize) {
    const some = claimed.slice(at, at + pageSize);
    const ids = some.map(({ vendorId }) => vendorId);
    const seen = await store.polling.readSeenIds({ ...scope, entity: 'learner', passId }, ids);
    const records = new Map(
      (await passes.readObservations('learner', [...seen])).map((one) => [one.vendorId, one]),
    );
    const persons = await pics.readPersons(
      vendor.columns.learner,
      some.map(({ ident }) => ident),
    );
    const links = persons.flatMap((person) => {
      const { ident, vendorId } = person;
      const record = vendorId === null ? undefined : records.get(vendorId);
      if (vendorId === null || record === undefined) return [];
      if (vendor.linking.contradictionsOf(person, [record]).length > 0) return [];
      return [{ ...scope, kind: 'learner', how: 'typed', picsId: ident, ident, vendorId } as const];
    });
    const count = await store.links.recordSeen(links);
    if (count > 0) log.info(`learners with a ${vendor.title} id in PICS are linked`, { count });
  }
}

/**
 * D-6: links officers and organisations as learners are linked, from the list that a full pass has just read: by the id
 * that PICS shows, else by the code. They come before the reviews, which name them.
 *
 * Links by code are announced, so that PICS shows the ids. Those whose id contradicts a link, or another record of PICS,
 * are looked at one by one. Done again after a kill it links none twice.
 */
export async function linkSeenOwners(
  ports: PollPorts,
  entity: string,
  { passId }: ResourceRead,
): Promise<void> {
  const { store, pics, topics, engine, vendor, log } = ports;
  const kind = vendor.polling.ownerKindOf(entity);
  if (kind === null) return;
  const scope = { vendor: vendor.name, centre: vendor.centre };
  const owners = await pics.readOwners(kind, null);
  const codes = owners.map(({ code }) => code);
  const links = await store.links.readByPicsIds({ ...scope, kind }, codes);
  const shown: Shadow[] = [];
  for (let page: readonly Shadow[] | null = null; page === null || page.length === pageSize; ) {
    const after = { afterVendorId: shown.at(-1)?.vendorId ?? null, limit: pageSize };
    page = await store.polling.readSeenShadows({ ...scope, entity, passId }, after);
    shown.push(...page);
  }
  const match = vendor.polling.matchOwners({ kind, owners, links, shown });
  const typedCount = await store.links.recordSeen(match.links.filter(({ how }) => how === 'typed'));
  const byCode = match.links.filter(({ how }) => how !== 'typed');
  const refused = new Set((await store.links.record(byCode)).map(({ picsId }) => picsId));
  const made = byCode.filter(({ picsId }) => !refused.has(picsId));
  if (made.length > 0 && vendor.linking.isShown(kind))
    await topics.publishLinks(made.map((link) => ({ ...link, copiedAtMs: null })));
  const count = typedCount + made.length;
  if (count > 0) log.info(`records of PICS are linked to records of ${vendor.title}`, { count, entity });
  await together(match.unclear, async (code) => {
    await engine.submit({ ...passWork, demand: 'change', ident: toOwnerLane({ kind, code }) });
  });
}

/** After a pass the learner's records are known: nothing is read again but what a push needs (OF-8). */
export async function submitLearner(
  { engine, vendor }: PollPorts,
  learner: VendorLearner,
  isRead: boolean,
): Promise<void> {
  const reads = isRead ? vendor.polling.readsOf(learner) : [];
  await engine.submit({ ...passWork, ident: learner.ident, reads });
}

const passWork = { demand: 'refresh', priority: 'poll', txIds: [], committedAtMs: null } as const;
const pageSize = 1_000;
const submittedAtOnce = 16;

/**
 * After a full pass more is looked at than the learners it has read. First what is held: officers and organisations, for
 * an id may have become free or a MIS value corrected at the vendor (OF-30, OF-36), and learners without a link, since
 * nothing else looks at one whose id was taken away, or counts for another portfolio now (D-7, D-20). Then linked officers
 * and organisations where a mode pushes their details (OF-71, OF-72, OF-8). Enrolments that wait go on then (OF-23).
 */
export async function submitOthers(ports: PollPorts): Promise<void> {
  const { store, engine, vendor } = ports;
  const submitLane = async (ident: string): Promise<void> => {
    await engine.submit({ ...passWork, ident });
  };
  const [held, linked, claimed] = await Promise.all([
    store.held.readLanes(vendor.name),
    readLinked(ports),
    readClaimedLearners(ports),
  ]);
  const others = new Set([...linked, ...claimed].map(({ ident }) => ident));
  await together(
    held.filter((ident) => !others.has(ident)),
    submitLane,
  );
  for (const kind of vendor.polling.pushedOwners) {
    const scope = { vendor: vendor.name, centre: vendor.centre, kind };
    const read = (afterCode: string | null) => store.links.readOwners(scope, { afterCode, limit: pageSize });
    // The pass has just read them: nothing is read again.
    await eachPage(read, async (code) => {
      const reads = vendor.polling.readsOfOwner({ kind, code });
      await engine.submit({ ...passWork, ident: toOwnerLane({ kind, code }), reads });
    });
  }
  const readUnsettled = (afterIdent: string | null) =>
    store.readUnsettledIdents(vendor.name, { afterIdent, limit: pageSize });
  await eachPage(readUnsettled, submitLane);
}

/** Does something to every id of a list that is read page by page. */
async function eachPage(
  read: (after: string | null) => Promise<readonly string[]>,
  act: (id: string) => Promise<void>,
): Promise<void> {
  for (let after: string | null = null; ; ) {
    const ids: readonly string[] = await read(after);
    await together(ids, act);
    if (ids.length < pageSize) return;
    after = ids.at(-1) ?? null;
  }
}

async function together(ids: readonly string[], act: (id: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < ids.length; at += submittedAtOnce)
    await Promise.all(ids.slice(at, at + submittedAtOnce).map(act));
}
