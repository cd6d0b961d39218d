import type { Learner } from '../../core/learner.ts';
import type { Owner, OwnerKey } from '../../core/owner.ts';
import { type Answer, toRefused } from './request.ts';

/** For the request's own row alone: names of people reach no log. */
export function toFullName({ firstName, surname }: Pick<Learner, 'firstName' | 'surname'>): string {
  const name = [firstName, surname].filter((one) => one !== null).join(' ');
  return name === '' ? 'The learner' : name;
}

/** Null when nothing is known but the code. */
export function toOwnerName(owner: Owner): string | null {
  if (owner.kind === 'organisation') return owner.name;
  const name = [owner.firstName, owner.surname].filter((one) => one !== null).join(' ');
  return name === '' ? null : name;
}

export function toNoLearner(ident: string | null): Answer {
  return toRefused('NO_LEARNER', { kind: 'learner', code: ident ?? '' });
}

export function toNoOwner({ kind, code }: OwnerKey): Answer {
  return toRefused(kind === 'officer' ? 'NO_OFFICER' : 'NO_ORGANISATION', { kind, code });
}
