import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildLinked } from '../../../../../test/support/onefile-rules.ts';
import type { JsonObject } from '../../../../domain/json.ts';
import type { Learner } from '../../../../domain/learner.ts';
import type { Owner } from '../../../../domain/owner.ts';
import { type Fields, findPulled, findPushed } from '../../../common/details.ts';
import { toText } from '../../../common/values.ts';
import { learnerDetailFields, organisationDetailFields, splitAddress } from '../details-fields.ts';

type Organisation = Extract<Owner, { kind: 'organisation' }>;

const text = fc.option(
  fc.oneof(
    fc.constantFrom(
      '',
      '  ',
      'Zoë',
      'Zoe\u0308',
      'LS1 4AB',
      'ls14ab',
      ' 01632 960 001',
      '01632960001',
      'M',
      '1',
      '2',
    ),
    fc.constantFrom('a, b', 'a\nb', ',', 'Leeds, LS1 4AB', '2004-02-29', 'infinity', 'QQ 12 34 56 C'),
    fc.string({ maxLength: 12 }),
  ),
  { nil: null },
);
const lines = fc.array(text, { minLength: 4, maxLength: 4 });

const learner: fc.Arbitrary<Partial<Learner>> = fc.record({
  ...{ firstName: text, surname: text, birthDate: text, email: text, phone: text, mobile: text },
  ...{ niNumber: text, uln: text, sex: text, ethnicity: text, disability: text },
});
const learnerRecord = fc.record({
  ...{ firstName: text, lastName: text, dob: text, email: text, phone: text, mobile: text, nino: text },
  ...{ uln: text, sex: fc.constantFrom('M', 'F', null), ethnicity: text, disability: text },
});
const organisation = fc.record({
  ...{ kind: fc.constant('organisation' as const), code: fc.constant('ACME1'), address: lines },
  ...{ name: text, postcode: text, phone: text, email: text, website: text, externalId: fc.constant(null) },
  ...{ edrs: fc.constant(null), headCount: fc.constant(null) },
});
const placement = fc.record({ name: text, address: text, telephone: text, email: text, web: text });

const learnerGroups = [...new Set(learnerDetailFields.map(({ group }) => group))];
const organisationGroups = [...new Set(organisationDetailFields.map(({ group }) => group))];
const support = {};

const recordNames: Readonly<Record<string, string>> = { birthDate: 'dob', niNumber: 'nino' };

function toLearnerRecord(record: JsonObject, sent: Fields): JsonObject {
  const entries = Object.entries(sent).map(([name, value]) => [recordNames[name] ?? name, value]);
  return { ...record, ...Object.fromEntries(entries) };
}

/** OneFile keeps both as one text: the part that is not sent stays. */
function toPlacementRecord(record: JsonObject, { address, postcode, ...others }: Fields): JsonObject {
  if (address === undefined && postcode === undefined) return { ...record, ...others };
  const known = splitAddress(toText(record['address']));
  const parts = [address ?? known.address, postcode ?? known.postcode].filter((part) => part != null);
  return { ...record, ...others, address: parts.join('\r\n') };
}

const place = { vendorId: '1', vendor: 'onefile' as const, held: [] };

test('OF-70, OF-72: a value that was sent is not sent again, whatever the two sides hold', () => {
  fc.assert(
    fc.property(learner, learnerRecord, (known, record) => {
      const pics = buildLinked(known);
      const choice = { groups: learnerGroups, support, ...place, entity: 'learner' };
      const sent = findPushed(learnerDetailFields, choice, { pics, record }).fields;
      const after = toLearnerRecord(record, sent);
      expect(findPushed(learnerDetailFields, choice, { pics, record: after }).fields).toEqual({});
    }),
  );
  fc.assert(
    fc.property(organisation, placement, fc.subarray(organisationGroups), (pics, record, groups) => {
      const choice = { groups, support, ...place, entity: 'placement' };
      const sent = findPushed(organisationDetailFields, choice, { pics, record }).fields;
      const after = toPlacementRecord(record, sent);
      expect(findPushed(organisationDetailFields, choice, { pics, record: after }).fields).toEqual({});
    }),
  );
});

test('OF-70, OF-72: a value that was taken over is not written again, whatever the two sides hold', () => {
  fc.assert(
    fc.property(learner, learnerRecord, (known, record) => {
      const pics = buildLinked(known);
      const set = findPulled(learnerDetailFields, learnerGroups, { pics, record });
      const after = { ...pics, ...set };
      expect(after.uln).toBe(pics.uln);
      expect(findPulled(learnerDetailFields, learnerGroups, { pics: after, record })).toBeNull();
    }),
  );
  fc.assert(
    fc.property(organisation, placement, (pics, record) => {
      const set = findPulled(organisationDetailFields, organisationGroups, { pics, record });
      const after: Organisation = { ...pics, ...set };
      expect(findPulled(organisationDetailFields, organisationGroups, { pics: after, record })).toBeNull();
    }),
  );
});
