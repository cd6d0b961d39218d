import type { JsonObject } from '../../../core/json.ts';
import type { CallResult } from '../../../core/step.ts';
import type { AssignAssessor, AssignStandard } from '../rules/enrol/calls.ts';
import { routes } from '../wire/routes.ts';
import { idOf } from '../wire/values.ts';
import type { ApiFailure } from './api.ts';
import { create } from './create-calls.ts';
import { emptyDone, type Making, observeAll, refuse, toFailure, toLink } from './making.ts';
import { searchAll } from './search.ts';
import { seeAims } from './sight.ts';

/** OF-15: gives the learner a standard; the aim that comes of it is the qualification's. */
export async function assignStandard(request: JsonObject, making: Making): Promise<CallResult> {
  const { ident, learnerId, key, standardId } = request as AssignStandard;
  const link = { kind: 'qualification', picsId: `${ident}/${key}`, ident } as const;
  /** G23: OneFile may refuse a standard that the learner has already; then its aim is the one we want. */
  const explain = async (refusal: ApiFailure): Promise<CallResult> => {
    const found = await findAims({ learnerId, standardId, link }, making);
    return found.kind === 'done' && found.links.length === 1 ? found : toFailure(refusal);
  };
  const route = routes.assignStandard(standardId, learnerId);
  return create({ route, body: null, link, explain }, making);
}

type AimOf = {
  readonly learnerId: string;
  readonly standardId: string;
  readonly link: { readonly kind: 'qualification'; readonly picsId: string; readonly ident: string };
};

/** The learner's aims of one standard, each with the link it would be. */
export async function findAims(
  { learnerId, standardId, link }: AimOf,
  { parts, account, cause }: Making,
): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.aims(learnerId), account);
  if (found.kind !== 'rows') return toFailure(found);
  const rows = found.rows.filter(({ row }) => idOf(row, 'StandardID') === standardId);
  if (rows.length === 0) return emptyDone;
  const aims = await seeAims(rows, { parts, account });
  if (aims.kind !== 'seen') return toFailure(aims);
  return {
    ...emptyDone,
    vendorId: rows[0]?.id ?? null,
    observed: observeAll(aims.seen, { parts, observedAtMs: found.sentAtMs, cause }),
    links: rows.map(({ id }) => toLink(parts, { ...link, vendorId: id })),
  };
}

/** OF-20: the assessor of one aim (level 3), or an additional one of the learner (level 1). Repeating it has no effect. */
export async function assignAssessor(request: JsonObject, { parts, account }: Making): Promise<CallResult> {
  const { learnerId, assessorId, standardId } = request as AssignAssessor;
  const of = standardId === null ? { Level: 1 } : { Level: 3, StandardID: Number(standardId) };
  const body = { LearnerID: Number(learnerId), ...of };
  const answer = await parts.api.call(routes.assignUser(assessorId), body, account);
  if (answer.kind === 'rejected' && answer.status === 404) {
    return refuse('LINK_GONE', `There is no assessor ${assessorId}`, { kind: 'officer', id: assessorId });
  }
  return answer.kind === 'ok' ? emptyDone : toFailure(answer);
}
