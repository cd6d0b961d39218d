import type { Log } from '../../../base/log.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Intent } from '../../../domain/ledger.ts';
import type { OwnerKind } from '../../../domain/owner.ts';
import type { ReadPage } from '../../../domain/polling.ts';
import type { CallBudget, SessionCache } from '../../../domain/ports.ts';
import type { Priority } from '../../../domain/priority.ts';
import type { Call, CallContext, CallResult, Resolution, UnsentCreate } from '../../../domain/step.ts';
import type { FoundOwner } from '../../vendor.ts';
import type { EnrolmentAsk, EnrolmentFacts, OfferedStandard } from '../rules/enrol/facts.ts';
import type { Assessor } from '../rules/settings.ts';
import { routes, toNames } from '../wire/names.ts';
import { type Account, createApi } from './api.ts';
import { createCatalogue } from './catalogue.ts';
import { type ConnectionTest, testConnection } from './connection-test.ts';
import {
  assignAssessor,
  assignStandard,
  createAssessor,
  createLearner,
  createPlacement,
  resolveCreate,
  resolveUpload,
} from './create-calls.ts';
import { createReadEnrolmentFacts, readOfferedStandards } from './enrolment-facts.ts';
import {
  createRecentRecords,
  emptyDone,
  type Failed,
  keepRecords,
  type Making,
  observeAll,
  refuse,
  toFailure,
} from './making.ts';
import {
  findAssessor,
  findLearner,
  findPlacement,
  readAssessors,
  readPlacements,
  searchOwners,
} from './owners.ts';
import { createReadPage } from './read-page.ts';
import { createSearches, type FoundRow, readById, searchAll } from './searches.ts';
import { type CentreClient, seeAims, seeLearner, seeReview, toObservation } from './sight.ts';
import { type Connect, type Connection, createTransport } from './transport.ts';
import {
  createReview,
  createVisit,
  type DetailsKind,
  detailsKinds,
  readDetails,
  updateAim,
  updateDetails,
} from './write-calls.ts';

export type OneFileClient = {
  /**
   * The caller has already taken one call from the budget. Further calls of the same step are taken here.
   */
  execute(call: Call, context: CallContext): Promise<CallResult>;
  /**
   * Looks for the record that an unanswered create may have made (G-5). The caller has already taken one
   * call, as for `execute`.
   */
  resolve(
    intent: Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'> & { readonly unsent?: UnsentCreate },
    context: CallContext,
  ): Promise<Resolution>;
  /**
   * Takes all its calls from the budget: a full pass with priority `poll`, recent records with priority
   * `replay`.
   */
  readonly readPage: ReadPage;
  /** All assessors or placements with their MIS values; null when OneFile cannot be asked. */
  readAssessors(priority: Priority): Promise<readonly Assessor[] | null>;
  readPlacements(priority: Priority): Promise<readonly Pick<FoundOwner, 'id' | 'misId'>[] | null>;
  /**
   * OF-30, OF-33: all assessors or placements of the centre that match a text, for a person to choose from.
   */
  searchOwners(kind: OwnerKind, text: string, priority?: Priority): Promise<readonly FoundOwner[] | Failed>;
  /** The facts that planning an enrolment needs (OF-11, OF-12). Only what `ask` lists is searched for. */
  readEnrolmentFacts(
    ask: EnrolmentAsk,
    priority: Priority,
    signal?: AbortSignal,
  ): Promise<EnrolmentFacts | Failed>;
  /** OF-18: reads again which standards the centre offers. */
  refreshCatalogue(priority: Priority): Promise<readonly OfferedStandard[] | Failed>;
  testConnection(): Promise<ConnectionTest>;
  close(): Promise<void>;
};

type ClientOptions = {
  readonly connection: Connection;
  /** How requests are sent; by default over HTTP. */
  readonly connect?: Connect;
  readonly budget: CallBudget;
  readonly sessionCache: SessionCache;
  readonly log: Log;
  /** This machine's time of day, for what is kept: when a record was read, when a session was issued. */
  readonly now: () => number;
  /** A clock that is never set, for everything that lasts. */
  readonly steadyMs: () => number;
  /** In [0, 1). */
  readonly chance: () => number;
};

export function createOneFileClient(options: ClientOptions): OneFileClient {
  const { connection, connect = createTransport, budget, sessionCache, log, now, steadyMs, chance } = options;
  const transport = connect(connection);
  const { customerToken, centreId, readUnitSummaries, exchangedDetails } = connection;
  const api = createApi({
    transport,
    customerToken,
    budget,
    cache: sessionCache,
    log,
    now,
    steadyMs,
    chance,
  });
  const names = toNames(connection.names);
  const searches = createSearches({ centreId, names, pageSize: connection.pageSize });
  const catalogue = createCatalogue({ centreId, api, searches, names, steadyMs });
  const parts: CentreClient = {
    centreId,
    api,
    names,
    searches,
    catalogue,
    readUnitSummaries,
    exchangedDetails,
    now,
    steadyMs,
  };
  const recent = createRecentRecords();
  const readFacts = createReadEnrolmentFacts(parts);
  const readPage = createReadPage(parts);

  const accountFor = (priority: Priority, signal: AbortSignal | undefined, prepaid = 0): Account => ({
    priority,
    prepaid,
    ...(signal === undefined ? {} : { signal }),
  });
  const makingFor = ({ priority, cause, signal, about, sendBeforeMs }: CallContext): Making => {
    const account = {
      ...accountFor(priority, signal, 1),
      ...(sendBeforeMs === undefined ? {} : { sendBeforeMs }),
    };
    return { parts, account, cause, about: about ?? null };
  };

  async function executeCall(call: Call, making: Making): Promise<CallResult> {
    const { name, request } = call;
    const execute = executes[name];
    if (execute !== undefined) return execute(request, making);
    switch (name) {
      case 'create-learner':
        return createLearner(call, making);
      case 'update-aim':
        return updateAim(request, making, recent);
      case 'update-learner':
        return updateDetails(detailsKinds.learner, request, { making, recent });
      case 'update-assessor':
        return updateDetails(detailsKinds.assessor, request, { making, recent });
      case 'update-placement':
        return updateDetails(detailsKinds.placement, request, { making, recent });
      default:
        throw new Error(`The OneFile client has no call ${name}`);
    }
  }

  return {
    execute: async (call, context) => {
      const result = await executeCall(call, makingFor(context));
      if (result.kind === 'done') keepRecords(recent, result.observed);
      return result;
    },
    resolve: async (intent, context) => {
      // O11: a visit cannot be looked up. A second one does no harm except that it stays empty in the diary.
      const { step, unsent } = intent;
      if (step === 'create-visit' && unsent === undefined)
        return { kind: 'blind', policy: connection.unknownVisit };
      const resolution =
        step === 'create-visit' && unsent !== undefined
          ? await resolveUpload(intent, unsent, makingFor(context))
          : await resolveCreate(intent, makingFor(context));
      if (resolution.kind === 'found') keepRecords(recent, resolution.done.observed);
      return resolution;
    },
    readPage: async (request) => {
      const page = await readPage(request);
      if (page.kind === 'page') keepRecords(recent, page.observations);
      return page;
    },
    readAssessors: async (priority) => {
      const found = await readAssessors({ parts, account: accountFor(priority, undefined) });
      return 'kind' in found ? null : found;
    },
    readPlacements: async (priority) => {
      const found = await readPlacements({ parts, account: accountFor(priority, undefined) });
      return 'kind' in found ? null : found;
    },
    searchOwners: (kind, text, priority = 'command') =>
      searchOwners(kind, text, { parts, account: accountFor(priority, undefined) }),
    readEnrolmentFacts: (ask, priority, signal) => readFacts(ask, accountFor(priority, signal)),
    refreshCatalogue: (priority) => readOfferedStandards(parts, accountFor(priority, undefined)),
    testConnection: () => testConnection({ parts, connection }),
    close: () => transport.close(),
  };
}

/** The calls that need only their arguments. */
const executes: Readonly<Record<string, (request: Call['request'], making: Making) => Promise<CallResult>>> =
  {
    'check-learner': checkLearner,
    'read-learner': readLearner,
    'read-assessor': readAssessor,
    'read-placement': readPlacement,
    'read-aims': readAims,
    'read-aim': readAim,
    'read-reviews': readReviews,
    'find-learner': findLearner,
    'find-assessor': findAssessor,
    'find-placement': findPlacement,
    'create-assessor': createAssessor,
    'create-placement': createPlacement,
    'assign-standard': assignStandard,
    'assign-assessor': assignAssessor,
    'create-visit': createVisit,
    'create-review': createReview,
  };

/** Reads one linked learner of the centre. */
async function readLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, true, making);
}

/** G-2, OF-24: looks up the learner of a typed id. If it is found, the rules make the link. */
async function checkLearner(request: JsonObject, making: Making): Promise<CallResult> {
  return lookAtLearner(request, false, making);
}

async function lookAtLearner(request: JsonObject, isLinked: boolean, making: Making): Promise<CallResult> {
  const { parts, account, cause } = making;
  const id = String(request['learnerId']);
  const missing = refuse(isLinked ? 'LINK_GONE' : 'ID_NOT_FOUND', `There is no learner ${id} in the centre`, {
    kind: 'learner',
    code: String(request['ident']),
    id,
  });
  const read = await readById(parts.api, routes.user(id), account);
  // OneFile refuses records of another centre or customer. For a typed id this means that there is no such
  // learner.
  const isForeign = read.kind === 'rejected' && read.status === 403;
  if (read.kind === 'missing' || (isForeign && !isLinked)) return missing;
  if (read.kind !== 'record') return toFailure(read);
  if (!parts.searches.isLearner(read.row)) return missing;
  const seen = seeLearner(read.row, id, parts);
  const observed = [toObservation(parts.centreId, seen, { observedAtMs: read.sentAtMs, cause })];
  return { ...emptyDone, observed };
}

/** D-1: reads one linked assessor before its details are sent (OF-71). */
async function readAssessor(request: JsonObject, making: Making): Promise<CallResult> {
  return readLinked(detailsKinds.assessor, request, making);
}

/** D-1: reads one linked placement before its details are sent (OF-72). */
async function readPlacement(request: JsonObject, making: Making): Promise<CallResult> {
  return readLinked(detailsKinds.placement, request, making);
}

async function readLinked(kind: DetailsKind, request: JsonObject, making: Making): Promise<CallResult> {
  return readDetails({ kind, id: String(request[kind.idName]) }, making);
}

/** D-1, OF-40: reads all aims of a learner. */
async function readAims(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.aims(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  return observeAims(found.rows, found.sentAtMs, { parts, account, cause });
}

async function readAim(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const id = String(request['aimId']);
  const read = await readById(parts.api, routes.aim(id), account);
  if (read.kind === 'missing')
    return refuse('LINK_GONE', `There is no aim ${id}`, { kind: 'qualification', id });
  if (read.kind !== 'record') return toFailure(read);
  return observeAims([{ id, row: read.row }], read.sentAtMs, { parts, account, cause });
}

async function observeAims(
  rows: readonly FoundRow[],
  observedAtMs: number,
  { parts, account, cause }: Pick<Making, 'parts' | 'account' | 'cause'>,
): Promise<CallResult> {
  const aims = await seeAims(rows, { parts, account });
  if (aims.kind !== 'seen') return toFailure(aims);
  return { ...emptyDone, observed: observeAll(aims.seen, { parts, observedAtMs, cause }) };
}

/** OF-53: reads all reviews of a learner. */
async function readReviews(request: JsonObject, { parts, account, cause }: Making): Promise<CallResult> {
  const found = await searchAll(parts.api, parts.searches.reviewsOf(String(request['learnerId'])), account);
  if (found.kind !== 'rows') return toFailure(found);
  const seen = found.rows.map(({ id, row }) => seeReview(row, id));
  return { ...emptyDone, observed: observeAll(seen, { parts, observedAtMs: found.sentAtMs, cause }) };
}
