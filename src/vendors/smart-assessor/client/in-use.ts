import type { VendorFailure } from '../../../domain/outcome.ts';
import { isSameName } from '../../common/values.ts';
import type { AssessorRecord, LearnerRecord } from '../port.ts';
import { type About, type Failed, refuse } from './failures.ts';
import { afresh, type Making } from './making.ts';

type Wanted = {
  readonly misId?: string | null;
  readonly email?: string | null;
  readonly userName?: string | null;
};

/**
 * D-22: names the record that has the login or the MIS id of a refused create, whatever its name, role or archive state;
 * null when the refusal has another reason. If no record with it is shown, it is outside what the credential can see, and
 * the message says so.
 */
export async function explainInUse(
  refusal: Failed,
  wanted: object,
  { name, about }: { readonly name: string; readonly about: About },
  making: Making,
): Promise<VendorFailure | null> {
  if (refusal.kind !== 'rejected') return null;
  const isLogin = refusal.code === 'duplicate-login';
  if (!isLogin && refusal.code !== 'duplicate-mis-id') return null;
  const { misId = null, email = null, userName = null } = wanted as Wanted;
  const value = isLogin ? 'login' : 'MIS id';
  const has = (one: LearnerRecord | AssessorRecord): boolean =>
    isLogin
      ? isSameName(one.email, userName ?? email) ||
        ('userName' in one && isSameName(one.userName, userName ?? email))
      : isSameName(one.misId, misId);
  const message = refusal.detail === '' ? 'no reason given' : refusal.detail;
  const params = { ...about, what: name, value, message };
  const holder = await findHolder(has, making);
  return holder === null
    ? refuse('VALUE_IN_USE_ELSEWHERE', refusal.detail, params)
    : refuse('VALUE_IN_USE', refusal.detail, { ...params, holder });
}

/** Null when no such record is shown, or the lists cannot be read: then the vendor's own words must do. */
async function findHolder(
  has: (one: LearnerRecord | AssessorRecord) => boolean,
  making: Making,
): Promise<string | null> {
  const { port, account } = afresh(making);
  const staff = await port.call('read-assessors', { includeArchived: true }, account);
  const assessor = staff.kind === 'ok' ? staff.value.records.find(has) : undefined;
  if (assessor !== undefined) return describe('assessor', [assessor.firstName, assessor.lastName], assessor);
  const learners = await port.call('read-learners', { includeArchived: true }, account);
  const learner = learners.kind === 'ok' ? learners.value.records.find(has) : undefined;
  return learner === undefined
    ? null
    : describe('learner', [learner.givenNames, learner.familyName], learner);
}

/** `assessor Ada Brook (id 335df8bc-…, archived)` */
function describe(
  what: string,
  names: readonly (string | null)[],
  { id, isArchived }: { readonly id: string; readonly isArchived: boolean | null },
): string {
  const name = names.filter((part) => part !== null).join(' ');
  return `${what} ${name} (id ${id}${isArchived === true ? ', archived' : ''})`;
}
