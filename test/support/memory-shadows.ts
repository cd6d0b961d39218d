import type { LaneKey } from '../../src/domain/ledger.ts';
import { mergeShadow, mostSkewMs, type Shadow } from '../../src/domain/observation.ts';

type Scope = Pick<LaneKey, 'vendor' | 'centre'>;

/** What the vendor last showed, in memory: found by record, or by the learner it belongs to. */
export class MemoryShadows {
  readonly #byRecord = new Map<string, Shadow>();
  readonly #byLearner = new Map<string, Map<string, Shadow>>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get all(): readonly Shadow[] {
    return [...this.#byRecord.values()];
  }

  find(scope: Scope, entity: string, vendorId: string): Shadow | undefined {
    return this.#byRecord.get(toKey(scope, entity, vendorId));
  }

  ofLearners(scope: Scope, learnerVendorIds: readonly string[]): readonly Shadow[] {
    return [...new Set(learnerVendorIds)].flatMap((id) => [
      ...(this.#byLearner.get(toOwner(scope, id))?.values() ?? []),
    ]);
  }

  /** An older one never replaces a newer one. One from the future counts as observed now. */
  keep(given: Shadow): void {
    const nowMs = this.#nowMs();
    const shadow = given.observedAtMs > nowMs + mostSkewMs ? { ...given, observedAtMs: nowMs } : given;
    const key = toKey(shadow, shadow.entity, shadow.vendorId);
    const known = this.#byRecord.get(key);
    const merged = mergeShadow(known, shadow);
    if (merged === known) return;
    if (known !== undefined && known.learnerVendorId !== shadow.learnerVendorId)
      this.#forgetOwner(key, known);
    this.#byRecord.set(key, merged);
    const owner = toOwner(shadow, ownerOf(shadow));
    const own = this.#byLearner.get(owner);
    if (own === undefined) this.#byLearner.set(owner, new Map([[key, merged]]));
    else own.set(key, merged);
  }

  forget(scope: Scope, entity: string, vendorId: string): void {
    const key = toKey(scope, entity, vendorId);
    const known = this.#byRecord.get(key);
    if (known === undefined) return;
    this.#byRecord.delete(key);
    this.#forgetOwner(key, known);
  }

  #forgetOwner(key: string, known: Shadow): void {
    this.#byLearner.get(toOwner(known, ownerOf(known)))?.delete(key);
  }
}

/** A learner's own record belongs to the learner; records of the centre to nobody. */
function ownerOf({ entity, vendorId, learnerVendorId }: Shadow): string {
  return learnerVendorId ?? (entity === 'learner' ? vendorId : '');
}

function toOwner({ vendor, centre }: Scope, learnerVendorId: string): string {
  return `${vendor} ${centre} ${learnerVendorId}`;
}

function toKey({ vendor, centre }: Scope, entity: string, vendorId: string): string {
  return `${vendor} ${centre} ${entity} ${vendorId}`;
}
