import { forbidden, jsonReply, type Reply } from '../http/reply.ts';
import { toWireAimStatus, toWireTitle } from '../wire/encode-row.ts';
import { type Call, type Checked, fine, parameterId, readId, refused } from './call.ts';
import { findForRead, isVisible } from './scope.ts';
import { listReply, type Search, type Test } from './search.ts';
import { readReply } from './write.ts';

const LEARNER_STATUSES = ['On programme', 'Break in learning', 'Completed', 'Withdrawn'];
const AIM_STATUSES = ['In progress', 'Completed', 'Withdrawn'];

/** Without a customer the token's own; another one is refused. */
function readCustomerFilter(call: Call): Checked<readonly Test[]> {
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
    standards.map((row) => ({ ID: row['ID'] as number, Title: toWireTitle(row, call.switches) })),
  );
}
