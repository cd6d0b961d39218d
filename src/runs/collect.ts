import { Fault } from '../base/fault.ts';
import type { NewLink } from '../domain/link.ts';
import type { Pics, Store } from '../domain/ports.ts';
import type { Run, RunStart } from '../domain/run.ts';
import type { ReadStart } from '../domain/topic-records.ts';
import type { InitialPlan, OpenVendor } from '../vendors/vendor.ts';
import type { Collected } from './plan.ts';
import { collectConcerned, type SourcePorts } from './source.ts';

/** What whom a run concerns is read from. */
type CollectPorts = SourcePorts & {
  readonly vendor: Pick<OpenVendor, 'name' | 'centre' | 'title' | 'tables'>;
  readonly pics: Pick<Pics, 'readLearnerStandings'>;
  readonly store: Pick<Store, 'links'>;
  /** OF-9: whom the first synchronisation would link. Null: the vendor does not say. */
  readonly readMatches: () => Promise<InitialPlan['matches'] | null>;
};

const pageSize = 5_000;

/**
 * Whom a run concerns: of a replay those that the change topics speak of; else the learners that were named; else those that
 * are linked, and, of the first synchronisation, those that it would link. Null: the vendor does not answer. Throws a `Fault`
 * when there is no such table or topic.
 */
export async function collectLearners(
  ports: CollectPorts,
  run: Run,
  signal: AbortSignal,
): Promise<Collected | null> {
  const { vendor, store, readMatches } = ports;
  const { kind, filter } = run.order;
  if (kind === 'replay') return collectReplayed(ports, run, signal);
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
  return { lanes: [...idents].sort(), completed: [], links };
}

/** Of learners that were named, those that the topics speak of, and those that PICS does not have: a person is told so. */
async function collectReplayed(ports: CollectPorts, { order }: Run, signal: AbortSignal): Promise<Collected> {
  const { title, tables: all } = ports.vendor;
  const unknown = order.topics.find((table) => !all.includes(table));
  if (unknown !== undefined)
    throw new Fault(`${title} looks at no table ${unknown} of PICS. It looks at ${all.join(', ')}.`);
  const tables = order.topics.length > 0 ? order.topics : all;
  const asked = { tables, start: toReadStart(order.start) };
  const { lanes, completed } = await collectConcerned(ports, asked, signal);
  const { idents } = order.filter;
  if (idents === undefined) return { lanes, completed, links: new Map() };
  const there = await ports.pics.readLearnerStandings(idents);
  const present = new Set((there ?? []).map(({ ident }) => ident));
  const concerned = new Set(lanes);
  const wanted = idents.filter((ident) => concerned.has(ident) || (there !== null && !present.has(ident)));
  return { lanes: wanted, completed, links: new Map() };
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
