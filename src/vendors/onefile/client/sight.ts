import type { JsonObject } from '../../../domain/json.ts';
import type { Observation, ObservationCause } from '../../../domain/observation.ts';
import type { OnefileLearningAimRecord } from '../../../kafka/generated/types.ts';
import type { Names } from '../wire/names.ts';
import { toAim, toAssessor, toLearner, toPlacement, toReview } from '../wire/normal-form.ts';
import { idOf, numberOf, type Row } from '../wire/values.ts';
import type { Account, Api, ApiFailure } from './api.ts';
import type { Catalogue } from './catalogue.ts';
import { type FoundRow, type Searches, searchAll } from './searches.ts';
import type { ExchangedDetails } from './transport.ts';

/** What every call of the client to one centre uses. */
export type CentreClient = {
  readonly centreId: string;
  readonly api: Api;
  readonly names: Names;
  readonly searches: Searches;
  readonly catalogue: Catalogue;
  readonly readUnitSummaries: boolean;
  readonly exchangedDetails: ExchangedDetails;
  readonly now: () => number;
  readonly steadyMs: () => number;
};

/** When and why a record was read. The time is that of sending: the content was true then or later (G-4). */
type Moment = { readonly observedAtMs: number; readonly cause: ObservationCause };

export type Seen = {
  readonly entity: string;
  readonly id: string;
  readonly learnerId: string | null;
  readonly record: JsonObject;
};

export function toObservation(centre: string, seen: Seen, { observedAtMs, cause }: Moment): Observation {
  return {
    vendor: 'onefile',
    centre,
    entity: seen.entity,
    vendorId: seen.id,
    learnerVendorId: seen.learnerId,
    observedAtMs,
    cause,
    deleted: false,
    record: seen.record,
  };
}

/**
 * What neither finds a person again nor is exchanged: telephone numbers and what the law protects most. Kept only
 * where a setting asks for it, because every record is published and stored, of unlinked people too.
 */
const dispensable = {
  phone: 'phones',
  mobile: 'phones',
  sex: 'sex',
  ethnicity: 'ethnicity',
  disability: 'disability',
} as const;

function withoutDispensable<T extends JsonObject>(record: T, kept: readonly string[]): T {
  const dropped = Object.entries(dispensable).filter(
    ([name, group]) => name in record && !kept.includes(group),
  );
  return dropped.length === 0
    ? record
    : { ...record, ...Object.fromEntries(dropped.map(([name]) => [name, null])) };
}

export function seeLearner(row: Row, id: string, { names, exchangedDetails }: CentreClient): Seen {
  const record = withoutDispensable(toLearner(row, id, names), exchangedDetails.learner);
  return { entity: 'learner', id, learnerId: id, record };
}

export function seeAssessor(row: Row, id: string, { names, exchangedDetails }: CentreClient): Seen {
  const record = withoutDispensable(toAssessor(row, id, names), exchangedDetails.officer);
  return { entity: 'assessor', id, learnerId: null, record };
}

export function seePlacement(row: Row, id: string, { names }: CentreClient): Seen {
  return { entity: 'placement', id, learnerId: null, record: toPlacement(row, id, names) };
}

export function seeReview(row: Row, id: string): Seen {
  const record = toReview(row, id);
  return { entity: 'review', id, learnerId: record.learnerId, record };
}

/**
 * Aims with the codes of their standards and, if the setting asks for it, with elements from the unit
 * summaries.
 */
export async function seeAims(
  rows: readonly FoundRow[],
  { parts, account }: { parts: CentreClient; account: Account },
): Promise<{ readonly kind: 'seen'; readonly seen: readonly Seen[] } | ApiFailure> {
  const standardIds = rows.map(({ row }) => idOf(row, 'StandardID')).filter((id) => id !== null);
  const codes = await parts.catalogue.codes(standardIds, account);
  if (codes.kind !== 'codes') return codes;
  const shown = rows.map(({ id, row }) => toAim(row, id, parts.names, codes.codeOf(idOf(row, 'StandardID'))));
  const aims = await withOurStatuses(shown, { parts, account });
  if (!Array.isArray(aims)) return aims as ApiFailure;
  const counted = parts.readUnitSummaries ? await countUnits(aims, { parts, account }) : aims;
  if (!Array.isArray(counted)) return counted as ApiFailure;
  return {
    kind: 'seen',
    seen: (counted as readonly OnefileLearningAimRecord[]).map((record) => ({
      entity: 'learning-aim',
      id: record.id,
      learnerId: record.learnerId,
      record,
    })),
  };
}

/** G20: a centre may number its statuses otherwise. While every aim shows 0, nothing says so and nothing is asked. */
async function withOurStatuses(
  aims: readonly OnefileLearningAimRecord[],
  { parts, account }: { parts: CentreClient; account: Account },
): Promise<OnefileLearningAimRecord[] | ApiFailure> {
  if (aims.every(({ status }) => status === null || status === 0)) return [...aims];
  const answer = await parts.catalogue.statuses(account);
  if (answer.kind !== 'statuses') return answer;
  return aims.map((aim) => (aim.status === null ? aim : { ...aim, status: answer.statusOf(aim.status) }));
}

/**
 * Total = number of the aim's unit summaries, done = those at 100. Only used if every summary shows its
 * progress.
 */
async function countUnits(
  aims: readonly OnefileLearningAimRecord[],
  { parts, account }: { parts: CentreClient; account: Account },
): Promise<OnefileLearningAimRecord[] | ApiFailure> {
  const counted: OnefileLearningAimRecord[] = [];
  const byLearner = new Map<string, readonly FoundRow[]>();
  for (const aim of aims) {
    const { learnerId } = aim;
    if (learnerId === null || aim.elementsTotal !== null) {
      counted.push(aim);
      continue;
    }
    let rows = byLearner.get(learnerId);
    if (rows === undefined) {
      const found = await searchAll(parts.api, parts.searches.unitsOf(learnerId), account);
      if (found.kind !== 'rows') return found;
      rows = found.rows;
      byLearner.set(learnerId, rows);
    }
    counted.push({ ...aim, ...countsOf(rows, aim.standardId, parts.names) });
  }
  return counted;
}

function countsOf(rows: readonly FoundRow[], standardId: string | null, names: Names) {
  const progress = rows
    .filter(({ row }) => idOf(row, names('unitSummary.standard')) === standardId)
    .map(({ row }) => numberOf(row, names('unitSummary.progress')));
  if (progress.length === 0 || progress.includes(null)) return {};
  return { elementsTotal: progress.length, elementsDone: progress.filter((one) => one === 100).length };
}
