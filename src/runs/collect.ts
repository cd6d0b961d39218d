import { Fault } from '../base/fault.ts';
import type { NewLink } from '../domain/link.ts';
import { toOwnerLane } from '../domain/owner.ts';
import type { Pics, Store, Topics } from '../domain/ports.ts';
import { isPass, type Run, type RunStart } from '../domain/run.ts';
import type { ReadStart } from '../domain/topic-records.ts';
import type { InitialPlan, OpenVendor } from '../vendors/vendor.ts';
import type { Collected } from './plan.ts';
import { collectConcerned, type SourcePorts } from './source.ts';

/** What the concerned records are read from. */
type CollectPorts = SourcePorts & {
  readonly vendor: Pick<OpenVendor, 'name' | 'centre' | 'title' | 'tables' | 'polling'>;
  /** The vendor's records, each with a topic of its own. */
  readonly entities: readonly string[];
  readonly topics: Pick<Topics, 'readItemsThrough'>;
  readonly pics: Pick<Pics, 'readLearnerStandings'>;
  readonly store: Pick<Store, 'links'>;
  /** OF-9: whom the first synchronisation would link. Null: the vendor does not say. */
  readonly readMatches: () => Promise<InitialPlan['matches'] | null>;
};

const pageSize = 5_000;

/**
 * The records that a run concerns: of a replay those that the change topics speak of, of a reapplication those that the vendor's topics
 * show; else the learners that were named; else those that are linked, and, of the first synchronisation, those that it would
 * link. Null: the vendor does not answer. Throws a `Fault` when there is no such table or topic.
 */
export async function collectLearners(
  ports: CollectPorts,
  run: Run,
  signal: AbortSignal,
): Promise<Collected | null> {
  const { vendor, store, readMatches } = ports;
  const { kind, filter } = run.order;
  if (kind === 'replay') return collectReplayed(ports, run, signal);
  if (kind === 'reapply') return collectShown(ports, run, signal);
  const matches = kind === 'initial' ? await readMatches() : [];
  if (matches === null) return null;
  const links = new Map(
    matches
      .filter(({ by }) => by !== 'id')
      .map(({ ident, vendorId }) => [ident, toLink(vendor, ident, vendorId)]),
  );
  if (filter.idents !== undefined) return { lanes: filter.idents, completed: [], links };
  const idents = new Set(matches.map(({ ident }) => ident));
  for (let afterIdent: string | null = null; ; ) {
    const scope = { vendor: vendor.name, centre: vendor.centre };
    const page: readonly { readonly ident: string }[] = await store.links.readLearners(scope, {
      afterIdent,
      limit: pageSize,
    });
    for (const { ident } of page) idents.add(ident);
    if (page.length < pageSize) break;
    afterIdent = page.at(-1)?.ident ?? null;
  }
  const all = [...idents].sort().map((ident) => ({ ident }));
  // A full pass that is no first one exchanges those of the daily run (OF-40).
  const isDaily = kind === 'synchronise' && isPass(run.order);
  const lanes = isDaily ? await vendor.polling.selectDaily(all) : all;
  return { lanes: lanes.map(({ ident }) => ident), completed: [], links };
}

async function collectReplayed(ports: CollectPorts, { order }: Run, signal: AbortSignal): Promise<Collected> {
  const { title, tables: all } = ports.vendor;
  const unknown = order.topics.find((table) => !all.includes(table));
  if (unknown !== undefined)
    throw new Fault(`${title} looks at no table ${unknown} of PICS. It looks at ${all.join(', ')}.`);
  const tables = order.topics.length > 0 ? order.topics : all;
  const asked = { tables, start: toReadStart(order.start) };
  const { lanes, completed } = await collectConcerned(ports, asked, signal);
  return { lanes: await onlyNamed(ports, order, lanes), completed, links: new Map() };
}

/** Of learners that were named, those among these lanes, and those that PICS does not have: a person reads so. */
async function onlyNamed(
  { pics }: Pick<CollectPorts, 'pics'>,
  { filter: { idents } }: Run['order'],
  lanes: readonly string[],
): Promise<readonly string[]> {
  if (idents === undefined) return lanes;
  const there = await pics.readLearnerStandings(idents);
  const present = new Set((there ?? []).map(({ ident }) => ident));
  const concerned = new Set(lanes);
  return idents.filter((ident) => concerned.has(ident) || (there !== null && !present.has(ident)));
}

/**
 * Whose records the vendor's topics show: learners, officers and organisations that are linked to them. A look at each of them
 * then compares what the vendor showed last with PICS, and reads it again where something is to reach PICS.
 */
async function collectShown(ports: CollectPorts, { order }: Run, signal: AbortSignal): Promise<Collected> {
  const { vendor, entities, store, topics } = ports;
  const all = entities.map((entity) => `${vendor.name}.${entity}`);
  const unknown = order.topics.find((topic) => !all.includes(topic));
  if (unknown !== undefined)
    throw new Fault(`${vendor.title} has no topic ${unknown}. It has ${all.join(', ')}.`);
  const shown = { learner: new Set<string>(), officer: new Set<string>(), organisation: new Set<string>() };
  await topics.readItemsThrough(
    {
      group: `${vendor.name}.reapply`,
      topics: order.topics.length > 0 ? order.topics : all,
      start: toReadStart(order.start),
    },
    ({ records }) => {
      for (const { item } of records) {
        if (item.kind !== 'observation' || item.observation.centre !== vendor.centre) continue;
        const { entity, vendorId, learnerVendorId } = item.observation;
        const owner = vendor.polling.ownerKindOf(entity);
        if (owner !== null) shown[owner].add(vendorId);
        else if (learnerVendorId !== null) shown.learner.add(learnerVendorId);
        else if (entity === 'learner') shown.learner.add(vendorId);
      }
    },
    signal,
  );
  const lanes = new Set<string>();
  for (const kind of ['learner', 'officer', 'organisation'] as const) {
    const ids = [...shown[kind]];
    for (let at = 0; at < ids.length; at += pageSize) {
      const scope = { vendor: vendor.name, centre: vendor.centre, kind };
      const links = await store.links.readByVendorIds(scope, ids.slice(at, at + pageSize));
      for (const { picsId } of links)
        lanes.add(kind === 'learner' ? picsId : toOwnerLane({ kind, code: picsId }));
    }
  }
  return { lanes: await onlyNamed(ports, order, [...lanes].sort()), completed: [], links: new Map() };
}

function toReadStart(start: RunStart): ReadStart {
  if (start.kind !== 'offsets') return start;
  return {
    kind: 'offsets',
    offsets: start.offsets.map(({ offset, ...at }) => ({ ...at, offset: BigInt(offset) })),
  };
}

function toLink({ name: vendor, centre }: CollectPorts['vendor'], ident: string, vendorId: string): NewLink {
  return { vendor, centre, kind: 'learner', picsId: ident, ident, vendorId, how: 'matched' };
}
