import type { Owner, OwnerKind } from '../core/owner.ts';
import { toText } from './to-field-value.ts';

/** What is read of an officer or organisation, in the order in which the answers list it. */
export const ownerFields = {
  officer: ['code', 'firstName', 'surname', 'phone', 'mobile', 'email', 'externalId'],
  organisation: [
    'code',
    'name',
    'address1',
    'address2',
    'address3',
    'address4',
    'postcode',
    'phone',
    'email',
    'website',
    'externalId',
  ],
} as const satisfies Readonly<Record<OwnerKind, readonly string[]>>;

export function toOwner(kind: OwnerKind, cells: readonly unknown[]): Owner {
  const names: readonly string[] = ownerFields[kind];
  const text = (name: string): string | null => toText(cells[names.indexOf(name)]);
  const shared = {
    code: text('code') ?? '',
    phone: text('phone'),
    email: text('email'),
    externalId: text('externalId'),
  };
  if (kind === 'officer') {
    return {
      kind,
      ...shared,
      firstName: text('firstName'),
      surname: text('surname'),
      mobile: text('mobile'),
    };
  }
  return {
    ...{ kind, ...shared, name: text('name'), postcode: text('postcode'), website: text('website') },
    address: ['address1', 'address2', 'address3', 'address4'].map(text),
  };
}
