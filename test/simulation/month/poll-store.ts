import type { JsonObject } from '../../../src/domain/json.ts';
import type { Observation, Shadow } from '../../../src/domain/observation.ts';
import type { PassProgress, PollRuns, PollStore } from '../../../src/domain/polling.ts';
import type { MemoryLedger } from '../../support/memory-ledger.ts';
import { at } from './onefile-answers.ts';

type Pass = {
  readonly id: number;
  readonly entity: string;
  readonly startedAtMs: number;
  /** Learners of OneFile that were linked when it began: others are not asked for. */
  readonly linked: ReadonlySet<string>;
  isComplete: boolean;
};

const hashes = new WeakMap<JsonObject, string>();

/** Equal content, equal hash. Records of the simulation are never changed, so each is read once. */
export function hashOf(record: JsonObject): string {
  const known = hashes.get(record);
  if (known !== undefined) return known;
  const text = JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  hashes.set(record, text);
  return text;
}

/** The poller's part of the sync database, over the shadows of the ledger in memory. */
export function createPollStore(
  ledger: MemoryLedger,
  nowMs: () => number,
  leaseMs: number,
): PollStore & { readonly hasSeen: (entity: string, vendorId: string, passId: string) => boolean } {
  const passes: Pass[] = [];
  const progress = new Map<string, PassProgress>();
  /** By record, the last pass that saw it. */
  const seen = new Map<string, number>();
  let runs: PollRuns = { open: null, lastCompleted: null };
  let epoch = 0;
  let heldUntilMs = 0;
  const fenced = <T>(mine: number, act: () => T): 'recorded' | 'fenced' => {
    if (mine !== epoch) return 'fenced';
    act();
    return 'recorded';
  };
  const ofEntity = (entity: string): readonly Shadow[] =>
    ledger.shadows.filter((shadow) => shadow.entity === entity);
  const linkedIds = (): Set<string> =>
    new Set(ledger.links.filter(({ kind }) => kind === 'learner').map(({ vendorId }) => vendorId));

  return {
    hasSeen: (entity, vendorId, passId) => seen.get(`${entity} ${vendorId}`) === Number(passId),
    acquireLease: async () => {
      if (nowMs() < heldUntilMs) return null;
      epoch += 1;
      heldUntilMs = nowMs() + leaseMs;
      return { epoch };
    },
    renewLease: async (lease) => {
      if (lease.epoch !== epoch || nowMs() >= heldUntilMs) return false;
      heldUntilMs = nowMs() + leaseMs;
      return true;
    },
    releaseLease: async (lease) => {
      if (lease.epoch === epoch) heldUntilMs = 0;
    },
    readHashes: async (entity, vendorIds) =>
      new Map(
        vendorIds.flatMap((id) => {
          const shadow = ledger.shadowTable.find(at, entity, id);
          return shadow === undefined ? [] : [[id, hashOf(shadow.record)] as const];
        }),
      ),
    recordPage: async (page) =>
      fenced(page.epoch, () => {
        for (const observation of page.observations) keep(ledger, observation);
        if (page.progress === null) return;
        progress.set(page.progress.resource, page.progress.value);
        const passId = Number(page.progress.value.passId);
        for (const { entity, vendorId } of page.observations) seen.set(`${entity} ${vendorId}`, passId);
      }),
    readProgress: async (resource) => progress.get(resource) ?? null,
    beginPass: async (entity) => {
      const id = passes.length + 1;
      passes.push({ id, entity, startedAtMs: nowMs(), linked: linkedIds(), isComplete: false });
      return String(id);
    },
    completePass: async (passId, mine) =>
      fenced(mine, () => {
        const pass = passes[Number(passId) - 1];
        if (pass !== undefined) pass.isComplete = true;
      }),
    readMissing: async (entity) => {
      const known = ofEntity(entity);
      const [, first] = passes.filter((one) => one.entity === entity && one.isComplete).reverse();
      if (first === undefined) return { missing: [], totalCount: known.length };
      const still = linkedIds();
      const missing = known.filter(
        ({ vendorId, learnerVendorId, observedAtMs }) =>
          (seen.get(`${entity} ${vendorId}`) ?? 0) < first.id &&
          observedAtMs < first.startedAtMs &&
          (learnerVendorId === null || (first.linked.has(learnerVendorId) && still.has(learnerVendorId))),
      );
      return { missing, totalCount: known.length };
    },
    forgetShadows: async (entity, vendorIds, mine) =>
      fenced(mine, () => {
        for (const id of vendorIds) ledger.shadowTable.forget(at, entity, id);
      }),
    keepUnasked: async (entity, learnerVendorIds, pass) =>
      fenced(pass.epoch, () => {
        for (const { vendorId } of ledger.shadowTable
          .ofLearners(at, learnerVendorIds)
          .filter((shadow) => shadow.entity === entity))
          seen.set(`${entity} ${vendorId}`, Number(pass.passId));
      }),
    readObservations: async (entity, vendorIds) =>
      vendorIds.flatMap((id): Observation[] => {
        const shadow = ledger.shadowTable.find(at, entity, id);
        return shadow === undefined ? [] : [{ ...shadow, cause: 'poll', deleted: false }];
      }),
    readRuns: async () => runs,
    recordRun: async (run, state, mine) =>
      fenced(mine, () => {
        runs =
          state.kind === 'begun'
            ? { ...runs, open: run, scope: state.scope }
            : { open: null, lastCompleted: run };
      }),
  };
}

function keep(
  ledger: MemoryLedger,
  { record, cause: _cause, deleted: _deleted, ...rest }: Observation,
): void {
  if (record !== null) ledger.shadowTable.keep({ ...rest, record });
}
