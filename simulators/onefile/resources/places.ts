import { badRequest, type Reply } from '../http/reply.ts';
import { toNewRow } from '../state/new-row.ts';
import type { Kind } from '../state/tables.ts';
import { type Call, nowIso, parameterId, readId } from './call.ts';
import { equals, misId, names } from './filters.ts';
import { checkOrganisation, findForRead, findInPath } from './scope.ts';
import type { Search } from './search.ts';
import {
  createdReply,
  neededNames,
  otherWriteReply,
  readCreate,
  readPatch,
  readReply,
  refuseMissing,
} from './write.ts';

type PlaceKind = Extract<Kind, 'classrooms' | 'placements' | 'providers'>;

const WORDS: Readonly<Record<PlaceKind, string>> = {
  classrooms: 'Classroom',
  placements: 'Placement',
  providers: 'Provider',
};

export const placeSearch = (kind: PlaceKind): Search => ({ kind, filters: [names('Name'), misId(kind)] });

export const planSearch: Search = { kind: 'plans', filters: [equals('LearnerID')] };

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
    store.put(kind, toNewRow(store, kind, id, { values: values.value, now: nowIso(call) }));
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
