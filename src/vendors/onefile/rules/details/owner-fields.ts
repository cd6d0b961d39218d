import type { JsonObject } from '../../../../core/json.ts';
import type { Owner } from '../../../../core/owner.ts';
import type { OfficerFields, OrganisationFields } from '../../../../core/row-action.ts';
import { toText } from '../compare.ts';
import type { OfficerDetail, OrganisationDetail } from '../settings.ts';
import { isSameAddress, splitAddress, toAddress, toFourLines } from './address.ts';
import type { DetailField } from './field.ts';
import { isSameCode, isSameEmail, isSamePhone, isSameWords } from './same-value.ts';

type Officer = Extract<Owner, { readonly kind: 'officer' }>;
type Organisation = Extract<Owner, { readonly kind: 'organisation' }>;

const show = (name: string) => (record: JsonObject) => toText(record[name]);

/** what the details mode of officers carries. */
export const officerDetailFields: readonly DetailField<OfficerDetail, Officer, Partial<OfficerFields>>[] = [
  {
    ...{ name: 'firstName', group: 'names', shown: show('firstName'), isSame: isSameWords },
    ofPics: ({ firstName }) => firstName,
    toSet: (firstName) => ({ firstName }),
  },
  {
    ...{ name: 'lastName', group: 'names', shown: show('lastName'), isSame: isSameWords },
    ofPics: ({ surname }) => surname,
    toSet: (surname) => ({ surname }),
  },
  {
    ...{ name: 'email', group: 'email', shown: show('email'), isSame: isSameEmail },
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    ...{ name: 'phone', group: 'phones', shown: show('phone'), isSame: isSamePhone },
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    ...{ name: 'mobile', group: 'phones', shown: show('mobile'), isSame: isSamePhone },
    ofPics: ({ mobile }) => mobile,
    toSet: (mobile) => ({ mobile }),
  },
];

/** what the details mode of organisations carries. OneFile has no field for a postcode: it ends the address. */
export const organisationDetailFields: readonly DetailField<
  OrganisationDetail,
  Organisation,
  Partial<OrganisationFields>
>[] = [
  {
    ...{ name: 'name', group: 'name', shown: show('name'), isSame: isSameWords },
    ofPics: ({ name }) => name,
    toSet: (name) => ({ name }),
  },
  {
    ...{ name: 'address', group: 'address', isSame: isSameAddress },
    shown: (record) => splitAddress(toText(record['address'])).address,
    ofPics: ({ address, postcode }) => toAddress(address, postcode).address,
    toSet: (address) => ({ address: toFourLines(address) }),
  },
  {
    ...{ name: 'postcode', group: 'postcode', isSame: isSameCode },
    shown: (record) => splitAddress(toText(record['address'])).postcode,
    ofPics: ({ address, postcode }) => toAddress(address, postcode).postcode,
    toSet: (postcode) => ({ postcode: postcode.toUpperCase() }),
  },
  {
    ...{ name: 'telephone', group: 'phone', shown: show('telephone'), isSame: isSamePhone },
    ofPics: ({ phone }) => phone,
    toSet: (phone) => ({ phone }),
  },
  {
    ...{ name: 'email', group: 'email', shown: show('email'), isSame: isSameEmail },
    ofPics: ({ email }) => email,
    toSet: (email) => ({ email }),
  },
  {
    ...{ name: 'web', group: 'website', shown: show('web'), isSame: isSameWords },
    ofPics: ({ website }) => website,
    toSet: (website) => ({ website }),
  },
];
