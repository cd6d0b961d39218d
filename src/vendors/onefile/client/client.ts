import type { Log } from '../../../base/log.ts';
import type { Intent } from '../../../core/ledger.ts';
import type { ObservationCause } from '../../../core/observation.ts';
import type { ReadPage } from '../../../core/poll.ts';
import type { Priority } from '../../../core/priority.ts';
import type { Call, CallResult, Resolution } from '../../../core/step.ts';
import type { Assessor } from '../rules/settings.ts';
import { assessorRoles } from '../wire/codes.ts';
import { type NameOverrides, toNames } from '../wire/fields.ts';
import { textOf } from '../wire/values.ts';
import { type Account, type ApiFailure, createApi } from './api.ts';
import { createCatalogue } from './catalogue.ts';
import { type ConnectionTest, testConnection } from './connection-test.ts';
import {
  checkLearner,
  findAssessor,
  type Making,
  readAim,
  readAims,
  readLearner,
  readReviews,
  toFailure,
} from './read-calls.ts';
import { createReadPage } from './read-page.ts';
import { createRecentAims } from './recent-aims.ts';
import { searchAll } from './search.ts';
import { createSearches } from './searches.ts';
import type { SessionCache } from './session.ts';
import type { ClientParts } from './sight.ts';
import type { CallBudget } from './throttle.ts';
import { createTransport } from './transport.ts';
import { createReview, createVisit, resolveReview, updateAim } from './write-calls.ts';

/** Everything the client must know of a connection to OneFile. */
export type Connection = {
  readonly baseUrl: string;
  readonly centreId: string;
  /** Called where the token goes on the wire, never earlier; never logged. */
  readonly customerToken: () => string;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  /** Sockets kept open at most. */
  readonly connections: number;
  /** Rows asked for on a page (O5, O6). */
  readonly pageSize: number;
  readonly names: NameOverrides;
  readonly unknownVisit: 'repeat' | 'hold';
  readonly readUnitSummaries: boolean;
};

export type CallContext = {
  readonly priority: Priority;
  readonly cause: ObservationCause;
  readonly signal?: AbortSignal;
};

export type OneFileClient = {
  /** The caller has taken one call from the budget before; further ones of the same step are taken here. */
  execute(call: Call, context: CallContext): Promise<CallResult>;
  /** Looks for what an unanswered create may have made (G-5). One call is taken before, as for `execute`. */
  resolve(
    intent: Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'>,
    context: CallContext,
  ): Promise<Resolution>;
  /** Takes every call from the budget itself, with priority `poll`. */
  readonly readPage: ReadPage;
  readAssessors(priority: Priority): Promise<readonly Assessor[] | null>;
  testConnection(): Promise<ConnectionTest>;
  close(): Promise<void>;
};

export type ClientEffects = {
  readonly connection: Connection;
  readonly budget: CallBudget;
  readonly sessionCache: SessionCache;
  readonly log: Log;
  readonly now: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
};

export function createOneFileClient(effects: ClientEffects): OneFileClient {
  const { connection, budget, sessionCache, log, now, chance } = effects;
  const transport = createTransport(connection);
  const { customerToken, centreId, readUnitSummaries } = connection;
  const api = createApi({ transport, customerToken, budget, cache: sessionCache, log, now, chance });
  const names = toNames(connection.names);
  const searches = createSearches({ centreId, names, pageSize: connection.pageSize });
  const catalogue = createCatalogue({ api, searches, names, now });
  const parts: ClientParts = { centreId, api, names, searches, catalogue, readUnitSummaries, now };
  const recentAims = createRecentAims();

  const toMaking = ({ priority, cause, signal }: CallContext): Making => {
    const account: Account = { priority, prepaid: 1, ...(signal === undefined ? {} : { signal }) };
    return { parts, account, cause };
  };

  async function make({ name, request }: Call, making: Making): Promise<CallResult> {
    switch (name) {
      case 'check-learner':
        return checkLearner(request, making);
      case 'read-learner':
        return readLearner(request, making);
      case 'read-aims':
        return readAims(request, making);
      case 'read-aim':
        return readAim(request, making);
      case 'read-reviews':
        return readReviews(request, making);
      case 'find-assessor':
        return findAssessor(request, making);
      case 'update-aim':
        return updateAim(request, making, recentAims);
      case 'create-visit':
        return createVisit(request, making);
      case 'create-review':
        return createReview(request, making);
      default:
        throw new Error(`The OneFile client has no call ${name}`);
    }
  }

  return {
    execute: async (call, context) => {
      const result = await make(call, toMaking(context));
      if (result.kind !== 'done') return result;
      for (const { entity, vendorId, record } of result.observed) {
        if (entity === 'learning-aim' && record !== null) recentAims.set(vendorId, record);
      }
      return result;
    },
    resolve: async (intent, context) => {
      if (intent.step === 'create-review') return resolveReview(intent, toMaking(context));
      // O11: nobody can look a visit up; a second one does no harm but stay empty in the diary.
      return { kind: 'blind', policy: intent.step === 'create-visit' ? connection.unknownVisit : 'hold' };
    },
    readPage: createReadPage(parts, 'poll'),
    readAssessors: async (priority) => {
      const found = await readAllAssessors(parts, { priority, prepaid: 0 });
      return 'kind' in found ? null : found;
    },
    testConnection: () => testConnection({ parts, connection }),
    close: () => transport.close(),
  };
}

async function readAllAssessors(
  { api, searches }: ClientParts,
  account: Account,
): Promise<readonly Assessor[] | ReturnType<typeof toFailure>> {
  const assessors: Assessor[] = [];
  for (const role of assessorRoles) {
    const found = await searchAll(api, { ...searches.users(role), isFull: null }, account);
    if (found.kind !== 'rows') return toFailure(found as ApiFailure);
    assessors.push(...found.rows.map(({ id, row }) => ({ id, misId: textOf(row, 'MISID') })));
  }
  return assessors;
}
