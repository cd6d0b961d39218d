import type { JsonObject } from '../../../src/domain/json.ts';
import type { Call, CallResult } from '../../../src/domain/step.ts';
import type { FindLearner } from '../../../src/vendors/onefile/rules/enrol/calls.ts';
import { emptyDone, type Sight, toLink, toObserved } from './onefile-answers.ts';
import { lookForLearner } from './onefile-facts.ts';
import type { Entity } from './onefile-state.ts';

export type ReadParts = Sight;

/** What the client answers to the engine's reads. */
export function readCall({ name, request }: Call, parts: ReadParts): CallResult {
  switch (name) {
    case 'check-learner':
      return lookAtLearner(request, 'ID_NOT_FOUND', parts);
    case 'read-learner':
      return lookAtLearner(request, 'LINK_GONE', parts);
    case 'read-aims':
      return readAll('learning-aim', request, parts);
    case 'read-reviews':
      return readAll('review', request, parts);
    case 'read-aim': {
      const id = String(request['aimId']);
      if (parts.state.find('learning-aim', id) === undefined)
        return rejected('LINK_GONE', `no aim ${id}`, id);
      return { ...emptyDone, observed: [toObserved('learning-aim', id, parts)] };
    }
    case 'find-learner':
      return findLearner(request, parts);
    case 'find-assessor':
      return findOwner('assessor', request, parts);
    case 'find-placement':
      return findOwner('placement', request, parts);
    default:
      throw new Error(`the OneFile of the simulation has no read ${name}`);
  }
}

function lookAtLearner(request: JsonObject, missing: string, parts: ReadParts): CallResult {
  const id = String(request['learnerId']);
  if (parts.state.find('learner', id) === undefined) return rejected(missing, `no learner ${id}`, id);
  return { ...emptyDone, observed: [toObserved('learner', id, parts)] };
}

/** O10: looks once more before a plan that has become old creates the learner. */
function findLearner(request: JsonObject, { state }: ReadParts): CallResult {
  const { ident, except, ...about } = request as FindLearner;
  const ids = lookForLearner(state, { misId: ident, except }, about);
  return ids.length === 0 ? emptyDone : rejected('POSSIBLE_DUPLICATE', ids.join(', '));
}

function readAll(entity: Entity, request: JsonObject, parts: ReadParts): CallResult {
  const rows = parts.state.ofLearner(entity, String(request['learnerId']));
  return { ...emptyDone, observed: rows.map(({ id }) => toObserved(entity, id, parts)) };
}

/** OF-32, OF-36: by the typed id, or else by exactly one MIS value; nobody is an answer too. */
function findOwner(entity: 'assessor' | 'placement', request: JsonObject, parts: ReadParts): CallResult {
  const { code, typedId } = request;
  const table = parts.state.table(entity);
  if (typeof typedId === 'string') {
    if (!table.has(typedId)) return rejected('ID_NOT_FOUND', `no ${entity} ${typedId}`);
    return { ...emptyDone, vendorId: typedId, observed: [toObserved(entity, typedId, parts)] };
  }
  const ids = [...table].filter(([, { misId }]) => misId === code).map(([id]) => id);
  const [only, ...others] = ids;
  if (only === undefined) return emptyDone;
  if (others.length > 0) return rejected('MIS_NOT_UNIQUE', ids.join(', '));
  const kind = entity === 'assessor' ? 'officer' : 'organisation';
  const link = toLink({ kind, picsId: String(code), vendorId: only, ident: null, how: 'matched' });
  return { ...emptyDone, vendorId: only, observed: [toObserved(entity, only, parts)], links: [link] };
}

/** `id` of the record that is meant, where the client tells it. */
export function rejected(code: string, detail: string, id: string | null = null): CallResult {
  return { kind: 'rejected', code, detail, ...(id === null ? {} : { params: { id } }) };
}
