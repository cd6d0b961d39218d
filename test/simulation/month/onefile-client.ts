import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Intent } from '../../../src/domain/ledger.ts';
import { isFailure, type VendorFailure } from '../../../src/domain/outcome.ts';
import type { ReadPage } from '../../../src/domain/polling.ts';
import type { Call, CallContext, CallResult, Resolution } from '../../../src/domain/step.ts';
import { createRecentRecords, keepRecords } from '../../../src/vendors/onefile/client/making.ts';
import type {
  EnrolmentAsk,
  EnrolmentFacts,
  OfferedStandard,
} from '../../../src/vendors/onefile/rules/enrol/facts.ts';
import type { Assessor } from '../../../src/vendors/onefile/rules/settings.ts';
import type { createRandom } from '../../support/random.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { readFacts } from './onefile-facts.ts';
import type { OneFileLine } from './onefile-line.ts';
import { lookUp } from './onefile-lookups.ts';
import { createReadPage } from './onefile-pages.ts';
import { type ReadParts, readCall } from './onefile-reads.ts';
import type { OneFileState } from './onefile-state.ts';
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
        lookUp(intent, about ?? noPerson, { state, sentAtMs, cause }),
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
    /** OF-18 */
    refreshCatalogue: async (): Promise<readonly OfferedStandard[] | VendorFailure> => {
      const read = await exchange('standards', () => ({ kind: 'rows' as const, rows: toOffers(state) }));
      return isFailure(read) ? read : read.rows;
    },
    readAssessors: async (): Promise<readonly Assessor[] | null> => {
      const read = await exchange('assessors', () => ({ kind: 'rows', rows: toAssessors(state) }));
      return isFailure(read) ? null : read.rows;
    },
  };
}

const noPerson = { firstName: null, lastName: null, email: null };

export type OneFileModel = ReturnType<typeof createOneFileModel>;

function toAssessors(state: OneFileState): readonly Assessor[] {
  return [...state.table('assessor')].map(([id, { misId }]) => ({
    id,
    misId: typeof misId === 'string' ? misId : null,
  }));
}

function toOffers(state: OneFileState): readonly OfferedStandard[] {
  const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
  return [...state.table('standard')].map(([id, { code, title }]) => {
    return { id, code: text(code) ?? '', title: text(title) };
  });
}

function toArguments(request: JsonObject): string {
  return JSON.stringify(request);
}

function toWord(result: { readonly kind: string }): string {
  const { code, vendorId } = result as { code?: string; vendorId?: string | null };
  return [result.kind, code, vendorId].filter((part) => part != null).join(' ');
}
