/*
 * The customer, its organisations with their lists, and the places of an organisation: classrooms, placements and
 * providers, which differ only in their properties (state/tables.ts) and so share their endpoints.
 */

import type { Reply } from '../../common/server.ts';
import { badRequest, forbidden, jsonReply, notFound } from '../http/reply.ts';
import type { Kind } from '../state/tables.ts';
import { toWireAimStatus, toWireTitle } from '../wire.ts';
import {
  type Call,
  type Check,
  checkOrganisation,
  findForRead,
  findInPath,
  fine,
  get,
  isVisible,
  nowIso,
  parameterId,
  readId,
  refused,
} from './call.ts';
import { listReply, misId, names, type Search, type Test } from './search.ts';
import {
  createdReply,
  neededNames,
  otherWriteReply,
  readCreate,
  readPatch,
  readReply,
  refuseMissing,
} from './write.ts';

export function readCustomer(call: Call): Reply {
  const customer = get(call, 'customers', call.customerId);
  return customer === undefined ? notFound('Customer') : readReply(call, 'customers', customer);
}

const LEARNER_STATUSES = ['On programme', 'Break in learning', 'Completed', 'Withdrawn'];
const AIM_STATUSES = ['In progress', 'Completed', 'Withdrawn'];

/** Without a customer the token's own; another one is refused. */
function readCustomerFilter(call: Call): Check<readonly Test[]> {
  const id = readId(call, 'CustomerID');
  if (id.kind === 'refused') return id;
  if (id.value !== null && id.value !== call.customerId) {
    return refused(forbidden('Not permitted for this customer'));
  }
  return fine([]);
}

export const organisationSearch: Search = {
  kind: 'organisations',
  filters: [],
  readExtra: readCustomerFilter,
};

export function readOrganisation(call: Call): Reply {
  const found = findForRead(call, 'organisations', parameterId(call, 0), 'Organisation');
  return found.kind === 'refused' ? found.reply : readReply(call, 'organisations', found.value);
}

export function listLearnerStatuses(call: Call): Reply {
  const found = findForRead(call, 'organisations', parameterId(call, 0), 'Organisation');
  if (found.kind === 'refused') return found.reply;
  return jsonReply(
    200,
    LEARNER_STATUSES.map((name, at) => ({ ID: at + 1, Name: name })),
  );
}

export function listAimStatuses(call: Call): Reply {
  const found = findForRead(call, 'organisations', parameterId(call, 0), 'Organisation');
  if (found.kind === 'refused') return found.reply;
  return jsonReply(
    200,
    AIM_STATUSES.map((name, status) => ({ ID: toWireAimStatus(status, call.switches), Name: name })),
  );
}

export function listAssignedStandards(call: Call): Reply {
  const id = parameterId(call, 0);
  const found = findForRead(call, 'organisations', id, 'Organisation');
  if (found.kind === 'refused') return found.reply;
  const within = new Set([id]);
  const standards = call.world.store
    .list('standards')
    .filter((row) => isVisible(call, 'standards', row, within));
  return listReply(
    call,
    standards.map((row) => JSON.stringify({ ID: row['ID'], Title: toWireTitle(row, call.switches) })),
  );
}

type PlaceKind = Extract<Kind, 'classrooms' | 'placements' | 'providers'>;

const WORDS: Readonly<Record<PlaceKind, string>> = {
  classrooms: 'Classroom',
  placements: 'Placement',
  providers: 'Provider',
};

export const placeSearch = (kind: PlaceKind): Search => ({ kind, filters: [names('Name'), misId(kind)] });

/** Equal names make a second record; equal MIS values too, unless the switch forbids it. */
function refuseDuplicate(
  call: Call,
  kind: PlaceKind,
  misIdValue: unknown,
  organisationId: number,
): Reply | null {
  if (call.switches['duplicate-create'] !== '400-same-misid' || typeof misIdValue !== 'string') return null;
  const isTaken = call.world.store
    .listBy(kind, 'MISID', misIdValue)
    .some((row) => row['OrganisationID'] === organisationId);
  return isTaken ? badRequest(call.switches, 'MISID is in use') : null;
}

export function createPlace(kind: PlaceKind): (call: Call) => Reply {
  return (call) => {
    const missing = refuseMissing(call, neededNames(kind));
    if (missing !== null) return missing;
    const organisationId = readId(call, 'OrganisationID');
    if (organisationId.kind === 'refused') return organisationId.reply;
    const wrong = checkOrganisation(call, organisationId.value ?? 0, false);
    if (wrong !== null) return wrong;
    const values = readCreate(call, kind);
    if (values.kind === 'refused') return values.reply;
    const taken = refuseDuplicate(call, kind, values.value['MISID'], organisationId.value ?? 0);
    if (taken !== null) return taken;
    const { store } = call.world;
    const id = store.nextId(kind);
    store.create(kind, { values: values.value, now: nowIso(call), id });
    return createdReply(call, id);
  };
}

export function readPlace(kind: PlaceKind): (call: Call) => Reply {
  return (call) => {
    const found = findForRead(call, kind, parameterId(call, 0), WORDS[kind]);
    return found.kind === 'refused' ? found.reply : readReply(call, kind, found.value);
  };
}

export function updatePlace(kind: PlaceKind): (call: Call) => Reply {
  return (call) => {
    const found = findInPath(call, kind, parameterId(call, 0), WORDS[kind]);
    if (found.kind === 'refused') return found.reply;
    const patch = readPatch(call, kind, found.value);
    if (patch.kind === 'refused') return patch.reply;
    return otherWriteReply(call, kind, call.world.store.patch(kind, found.value, patch.value));
  };
}
