import type { JsonObject } from '../../../src/domain/json.ts';
import type { VendorFailure } from '../../../src/domain/outcome.ts';
import type { ReadPage } from '../../../src/domain/polling.ts';
import { toObserved } from './onefile-answers.ts';
import type { OneFileParts } from './onefile-client.ts';
import type { ReadParts } from './onefile-reads.ts';
import type { Entity } from './onefile-state.ts';

const pageSize = 120;
const dayMs = 86_400_000;

export type Exchange = <R extends { readonly kind: string }>(
  what: string,
  work: (sentAtMs: number) => R,
) => Promise<R | VendorFailure>;

/** Pages by number: what is deleted between two of them shifts the rest, as at OneFile. */
export function createReadPage({ state, clock }: OneFileParts, exchange: Exchange): ReadPage {
  return ({ resource, cursor, learnerVendorId, extent, cause }) =>
    exchange(`page ${extent} ${resource.name} ${learnerVendorId ?? ''} ${cursor ?? ''}`, (sentAtMs) => {
      const entity = resource.entity as Entity;
      const parts = { state, sentAtMs, cause };
      if (resource.scope === 'learner')
        return toPage(
          state.ofLearner(entity, learnerVendorId ?? '').map(({ id }) => id),
          0,
          parts,
          entity,
        );
      const ids = [...state.table(entity)]
        .filter(([, record]) => extent === 'full' || isRecent(entity, record, clock.nowMs()))
        .map(([id]) => id);
      return toPage(ids, Number(cursor ?? 0), parts, entity);
    });
}

function toPage(ids: readonly string[], start: number, parts: ReadParts, entity: Entity) {
  const shown = ids.slice(start, start + pageSize);
  const end = start + pageSize;
  return {
    kind: 'page' as const,
    observations: shown.map((id) => toObserved(entity, id, parts)),
    next: end < ids.length ? String(end) : null,
  };
}

function isRecent(entity: Entity, record: JsonObject, nowMs: number): boolean {
  if (entity !== 'review') return false;
  const { scheduledForMs } = record;
  return typeof scheduledForMs === 'number' && Math.abs(scheduledForMs - nowMs) < 15 * dayMs;
}
