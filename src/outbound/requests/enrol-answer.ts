import type { EnrolmentPlan, Partner } from '../../core/enrolment.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Learner } from '../../core/learner.ts';
import type { Link } from '../../core/link.ts';
import type { OwnerKind } from '../../core/owner.ts';
import type { Settled } from '../work.ts';
import { toFullName, toNoLearner } from './names.ts';
import { toFaultText } from './preview.ts';
import { toHeldLine } from './refresh.ts';
import { type Answer, toDone, toFailed, toHeld } from './request.ts';

type ToldWarning = { readonly code: string; readonly params: Readonly<Record<string, string>> };

/** What the answer will tell, kept with the accepted plan: codes and references, no personal data. */
type Told = {
  /** Officers and organisations that are to be created. */
  readonly creates: readonly { readonly kind: OwnerKind; readonly code: string }[];
  readonly skipped: readonly string[];
  readonly warnings: readonly ToldWarning[];
};

/** Params of warnings that name no person. */
const impersonal: ReadonlySet<string> = new Set([
  'reference',
  'officer',
  'place',
  'kind',
  'code',
  'ident',
  'id',
]);

export function toTold({ officers, organisation, qualifications, warnings }: EnrolmentPlan): Told {
  const toCreate = (kind: OwnerKind, { way, code }: Partner): Told['creates'] =>
    way === 'create' && code !== null ? [{ kind, code }] : [];
  return {
    creates: [
      ...officers.flatMap((officer) => toCreate('officer', officer)),
      ...toCreate('organisation', organisation),
    ],
    skipped: qualifications.filter(({ state }) => state === 'unavailable').map(({ reference }) => reference),
    warnings: warnings.map(({ code, params }) => ({
      code,
      params: Object.fromEntries(Object.entries(params).filter(([name]) => impersonal.has(name))),
    })),
  };
}

type Enrolled = {
  readonly vendor: string;
  readonly plan: JsonObject;
  readonly learner: Learner;
  readonly settled: Settled;
  /** Links of the lane afterwards. */
  readonly links: readonly Link[];
};

/**
 * What came of an enrolment: the id, what was created, left out and sent.
 *
 * Failed only where the vendor said no before the learner was there; whatever is held later leaves a learner that is
 * created and linked (OF-23).
 */
export function toEnrolAnswer({ vendor, plan, learner, settled, links }: Enrolled): Answer {
  if (settled.kind === 'vanished') return toNoLearner(learner.ident);
  const names = { ident: learner.ident, name: toFullName(learner) };
  const told = { ...nothingTold, ...(plan['told'] as Partial<Told> | undefined) };
  const { skipped } = told;
  const vendorId = findLink(links, 'learner', learner.ident)?.vendorId ?? null;
  const result = {
    ...{ vendorId, created: toCreated(told, links, learner), skipped },
    reviews: links.filter(({ kind, how }) => kind === 'review' && how === 'created').length,
    warnings: told.warnings.map(({ code, params }) =>
      toFaultText({ code, params: { ...names, ...params } }, vendor),
    ),
    ...{ calls: settled.calls, held: settled.holds.map(toHeldLine) },
  };
  const [first] = settled.holds;
  if (first === undefined) return vendorId === null ? toFailed('NOT_LINKED', names, result) : toDone(result);
  const params = { ...names, ...first.params };
  const isRefused = vendorId === null && first.code === 'VENDOR_REFUSED';
  return isRefused ? toFailed(first.code, params, result) : toHeld(first.code, params, result);
}

const nothingTold: Told = { creates: [], skipped: [], warnings: [] };

/** Of those that were to be created: who was. Somebody else may have been found by then. */
function toCreated({ creates }: Told, links: readonly Link[], learner: Learner) {
  return creates.flatMap(({ kind, code }) => {
    const link = findLink(links, kind, code);
    if (link === undefined || link.how !== 'created') return [];
    return [{ kind, code, name: toName(kind, code, learner), vendorId: link.vendorId }];
  });
}

function toName(kind: OwnerKind, code: string, { officers, placements }: Learner): string | null {
  if (kind === 'organisation')
    return placements.find(({ organisation }) => organisation === code)?.organisationName ?? null;
  const officer = officers.find((one) => one.code === code);
  return officer === undefined ? null : toFullName(officer);
}

function findLink(links: readonly Link[], kind: Link['kind'], picsId: string): Link | undefined {
  return links.find((link) => link.kind === kind && link.picsId === picsId);
}
