import type { JsonObject } from '../../../core/json.ts';
import type { CallResult } from '../../../core/step.ts';
import { routes } from '../wire/routes.ts';
import { emptyDone, type Making, observeAll, refuse, toFailure } from './making.ts';
import { readById } from './search.ts';
import { seeAssessor, seePlacement } from './sight.ts';

/** OF-71: a linked assessor as OneFile shows it now. */
export async function readAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts, account, cause } = making;
  const id = String(request['assessorId']);
  const read = await readById(parts.api, routes.user(id), account);
  if (read.kind === 'missing') return toGone('officer', request, id);
  if (read.kind !== 'record') return toFailure(read);
  if (!parts.searches.isAssessor(read.row)) return toGone('officer', request, id);
  const moment = { parts, observedAtMs: read.sentAtMs, cause };
  return { ...emptyDone, observed: observeAll([seeAssessor(read.row, id, parts)], moment) };
}

/** OF-72: a linked placement as OneFile shows it now. */
export async function readPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  const { parts, account, cause } = making;
  const id = String(request['placementId']);
  const read = await readById(parts.api, routes.placement(id), account);
  if (read.kind === 'missing') return toGone('organisation', request, id);
  if (read.kind !== 'record') return toFailure(read);
  const moment = { parts, observedAtMs: read.sentAtMs, cause };
  return { ...emptyDone, observed: observeAll([seePlacement(read.row, id, parts)], moment) };
}

/** OF-31: held with a message, never replaced by a guess. */
function toGone(kind: 'officer' | 'organisation', request: JsonObject, id: string): CallResult {
  const entity = kind === 'officer' ? 'assessor' : 'placement';
  return refuse('LINK_GONE', `There is no ${entity} ${id}`, { kind, code: String(request['code']), id });
}
