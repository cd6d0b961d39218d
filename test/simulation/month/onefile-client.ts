import type { JsonObject } from '../../../src/core/json.ts';
import type { Intent } from '../../../src/core/ledger.ts';
import { isFailure, type VendorFailure } from '../../../src/core/outcome.ts';
import type { ReadPage } from '../../../src/core/poll.ts';
import type { Call, CallResult, Resolution } from '../../../src/core/step.ts';
import type { About, CallContext } from '../../../src/outbound/effects.ts';
import { createRecentRecords, keepRecords } from '../../../src/vendors/onefile/client/recent-records.ts';
import { fromAimKey, fromMisKey } from '../../../src/vendors/onefile/rules/enrol/calls.ts';
import type { EnrolmentAsk, EnrolmentFacts } from '../../../src/vendors/onefile/rules/enrol/facts.ts';
import { fromReviewKey } from '../../../src/vendors/onefile/rules/review-upload.ts';
import type { Assessor } from '../../../src/vendors/onefile/rules/settings.ts';
import type { createRandom } from '../../support/random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { emptyDone, toLink, toObserved } from './onefile-answers.ts';
import { lookForLearner, readFacts } from './onefile-facts.ts';
import type { OneFileLine } from './onefile-line.ts';
import { type ReadParts, readCall } from './onefile-reads.ts';
import type { Entity, OneFileState } from './onefile-state.ts';
import { writeCall } from './onefile-writes.ts';

export type OneFileParts = {
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof createRandom>;
  readonly state: OneFileState;
  readonly line: OneFileLine;
  /** Whether the centre keeps the date a certificate was received (O12). */
  readonly keepsCertificateReceived: boolean;
  readonly trace: (line: () => string) => void;
};

const pageSize = 120;
const dayMs = 86_400_000;

/**
 * One process's client of OneFile: what the real one gives for a call or a page, without the wire between.
 *
 * As the real one it remembers the aims it has seen, so a process that starts anew knows none.
 */
export function createOneFileModel(parts: OneFileParts) {
  const { clock, random, state, line, trace } = parts;
  const recent = createRecentRecords();

  /** The work is done at OneFile even when nobody waits for its answer any more. */
  async function exchange<R extends { readonly kind: string }>(
    what: string,
    work: (sentAtMs: number) => R,
  ): Promise<R | VendorFailure> {
    const sentAtMs = clock.nowMs();
    const passage = line.pass();
    await line.travel();
    if (typeof passage !== 'string') {
      trace(() => `   ${what} -> ${passage.kind}`);
      return passage;
    }
    if (passage === 'done-late') {
      const lateMs = 500 + random.below(3_000);
      void clock.sleep(lateMs).then(() => {
        work(sentAtMs);
        trace(() => `   ${what} done late`);
      });
      trace(() => `   ${what} -> unknown (late)`);
      return { kind: 'unknown', detail: 'timeout' };
    }
    const result = work(sentAtMs);
    await line.travel();
    trace(() => `   ${what} -> ${passage === 'through' ? toWord(result) : 'done, cut'}`);
    return passage === 'through' ? result : { kind: 'unknown', detail: 'ECONNRESET' };
  }

  const readPage = createReadPage(parts, exchange);
  return {
    execute: async (call: Call, context: CallContext): Promise<CallResult> => {
      const { name, request, subject } = call;
      const result = await exchange<CallResult>(`${name} ${subject} ${toArguments(request)}`, (sentAtMs) => {
        const of: ReadParts = { state, sentAtMs, cause: context.cause };
        return call.effect === 'read' ? readCall(call, of) : writeCall(call, { ...parts, ...of, recent });
      });
      if (result.kind === 'done') keepRecords(recent, result.observed);
      return result;
    },
    resolve: async (intent: Intent, { cause, about }: CallContext): Promise<Resolution> => {
      if (intent.step === 'create-visit') return { kind: 'blind', policy: 'repeat' };
      return exchange<Resolution>(`look-up ${intent.step} ${intent.subject}`, (sentAtMs) =>
        lookUp(intent, about, { state, sentAtMs, cause }),
      );
    },
    readPage: async (request: Parameters<ReadPage>[0]) => {
      const page = await readPage(request);
      if (page.kind === 'page') keepRecords(recent, page.observations);
      return page;
    },
    readEnrolmentFacts: async (ask: EnrolmentAsk): Promise<EnrolmentFacts | VendorFailure> => {
      const read = await exchange(`facts ${ask.ident}`, () => ({
        kind: 'facts' as const,
        facts: readFacts(state, ask),
      }));
      return isFailure(read) ? read : read.facts;
    },
    readAssessors: async (): Promise<readonly Assessor[] | null> => {
      const read = await exchange('assessors', () => ({ kind: 'rows', rows: toAssessors(state) }));
      return isFailure(read) ? null : read.rows;
    },
  };
}

export type OneFileModel = ReturnType<typeof createOneFileModel>;

/** O10: a review by its visit, an aim by its standard, everybody else by the MIS value they were given. */
function lookUp(intent: Intent, about: About, parts: ReadParts): Resolution {
  const { state } = parts;
  const { step, naturalKey, ident, subject } = intent;
  const picsId = subject.slice(subject.indexOf(':') + 1);
  if (naturalKey === null) return { kind: 'blind', policy: 'hold' };
  const review = step === 'create-review' ? fromReviewKey(naturalKey) : null;
  if (review !== null) {
    const rows = state.ofLearner('review', review.learnerId);
    const found = rows.filter(({ record }) => record['visitId'] === review.visitId);
    const link = { kind: 'review', picsId, ident } as const;
    return toResolution(
      found.map(({ id }) => id),
      'review',
      link,
      parts,
    );
  }
  const aim = step === 'assign-standard' ? fromAimKey(naturalKey) : null;
  if (aim !== null) {
    const rows = state.ofLearner('learning-aim', aim.learnerId);
    const found = rows.filter(({ record }) => record['standardId'] === aim.standardId);
    return toResolution(
      found.map(({ id }) => id),
      'learning-aim',
      { kind: 'qualification', picsId, ident },
      parts,
    );
  }
  const key = fromMisKey(naturalKey);
  if (step === 'create-learner')
    return key === null
      ? { kind: 'blind', policy: 'hold' }
      : toResolution(
          lookForLearner(state, key, about),
          'learner',
          { kind: 'learner', picsId, ident: picsId },
          parts,
        );
  if (key?.misId == null) return { kind: 'blind', policy: 'hold' };
  const entity = step === 'create-assessor' ? 'assessor' : 'placement';
  const ids = [...state.table(entity)].filter(([, { misId }]) => misId === key.misId).map(([id]) => id);
  const kind = entity === 'assessor' ? 'officer' : 'organisation';
  return toResolution(ids, entity, { kind, picsId, ident: null }, parts);
}

function toResolution(
  ids: readonly string[],
  entity: Entity,
  of: Parameters<typeof toLink>[0] extends infer L ? Omit<L & object, 'vendorId'> : never,
  parts: ReadParts,
): Resolution {
  const [only, ...others] = ids;
  if (only === undefined) return { kind: 'absent' };
  if (others.length > 0) return { kind: 'several', count: ids.length };
  const observed = [toObserved(entity, only, parts)];
  const link = toLink({ ...(of as Parameters<typeof toLink>[0]), vendorId: only });
  return { kind: 'found', done: { ...emptyDone, vendorId: only, observed, links: [link] } };
}

type Exchange = <R extends { readonly kind: string }>(
  what: string,
  work: (sentAtMs: number) => R,
) => Promise<R | VendorFailure>;

/** Pages by number: what is deleted between two of them shifts the rest, as at OneFile. */
function createReadPage({ state, clock }: OneFileParts, exchange: Exchange): ReadPage {
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

function toAssessors(state: OneFileState): readonly Assessor[] {
  return [...state.table('assessor')].map(([id, { misId }]) => ({
    id,
    misId: typeof misId === 'string' ? misId : null,
  }));
}

function toArguments(request: JsonObject): string {
  return JSON.stringify(request);
}

function toWord(result: { readonly kind: string }): string {
  const { code, vendorId } = result as { code?: string; vendorId?: string | null };
  return [result.kind, code, vendorId].filter((part) => part != null).join(' ');
}
