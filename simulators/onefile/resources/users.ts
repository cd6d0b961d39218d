import { badRequest, NO_CONTENT, type Reply } from '../http/reply.ts';
import type { Row } from '../state/row.ts';
import { type Call, nowIso, parameterId } from './call.ts';
import { changedSince, equals, exactText, misId, names } from './filters.ts';
import { findForRead, findInPath } from './scope.ts';
import type { Search } from './search.ts';
import { dropLearnerOnly, refuseTakenMisId, refuseUserReferences } from './user-create.ts';
import { flagForDeletion, hasSignedWork } from './user-deletion.ts';
import { otherWriteReply, readPatch, readReply, refuseArchived } from './write.ts';

export const userSearch: Search = {
  kind: 'users',
  filters: [
    misId('users'),
    equals('Role'),
    names('FirstName'),
    names('LastName'),
    exactText('Email'),
    changedSince('LastModified'),
  ],
  isListed: (call, row) => call.switches['archived-in-search'] !== 'hidden' || row['archived'] !== true,
};

export function readUser(call: Call): Reply {
  const found = findForRead(call, 'users', parameterId(call, 0), 'User');
  return found.kind === 'refused' ? found.reply : readReply(call, 'users', found.value);
}

function saveUser(call: Call, user: Row, patch: Parameters<typeof call.world.store.patch>[2]): Row {
  return call.world.store.patch('users', user, { ...patch, LastModified: nowIso(call) });
}

/** Organisation and role in the body are ignored; so is every name OneFile does not know. */
export function updateUser(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  const user = found.value;
  const patch = readPatch(call, 'users', user);
  if (patch.kind === 'refused') return patch.reply;
  const wrong =
    refuseUserReferences(call, user['OrganisationID'] as number) ??
    refuseTakenMisId(call, user['Role'] as number, patch.value['MISID'], user['ID'] as number) ??
    refuseArchived(call, user);
  if (wrong !== null) return wrong;
  saveUser(call, user, dropLearnerOnly(user['Role'] as number, patch.value));
  return NO_CONTENT;
}

/** Archiving takes a portfolio off the active lists; both ways can be repeated. */
export function setArchived(archived: boolean): (call: Call) => Reply {
  return (call) => {
    const found = findInPath(call, 'users', parameterId(call, 0), 'User');
    if (found.kind === 'refused') return found.reply;
    if (found.value['archived'] === archived) return otherWriteReply(call, 'users', found.value);
    return otherWriteReply(call, 'users', saveUser(call, found.value, { archived }));
  };
}

export function deleteUser(call: Call): Reply {
  const found = findInPath(call, 'users', parameterId(call, 0), 'User');
  if (found.kind === 'refused') return found.reply;
  if (hasSignedWork(call.world.store, parameterId(call, 0))) {
    return badRequest(call.switches, 'A user with signed work cannot be deleted');
  }
  return otherWriteReply(call, 'users', flagForDeletion(call.world, found.value));
}
