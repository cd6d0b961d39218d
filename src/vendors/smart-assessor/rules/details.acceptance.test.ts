import { expect, test } from 'vitest';
import {
  adaBrook,
  buildNewcomer,
  openEnrolmentWorld,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import { toSent } from '../../../../test/support/world/call-line.ts';
import type { Json } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';

const records = { ...smallSite, sessions: [] } as unknown as Json;
/** As Smart Assessor has the learner, and linked. */
const linked = (known: Partial<Learner> = {}): Learner =>
  buildNewcomer({ smartAssessorId: ids.imogen, email: 'i@x.example.org', ...known });

async function openLinked(settings: object, known: Partial<Learner> = {}, switches = {}) {
  const world = await openEnrolmentWorld([linked(known)], { records, settings, switches });
  await world.settle('10001');
  await world.takeWrites();
  return world;
}

test('SA-5, SA-50: in push mode a difference is sent, only what differs; in mode none nothing is', async () => {
  for (const learnerDetails of ['push', 'none']) {
    await using world = await openLinked({ learnerDetails });
    world.pics.edit('10001', (one) => ({ ...one, surname: 'Married', phone: '01632 960101' }));
    await world.settle('10001');
    const sent = toSent(await world.takeWrites());
    const fields = { familyName: 'Married', telNumber: '01632 960101' };
    expect(sent).toEqual(
      learnerDetails === 'none' ? [] : [{ call: `PATCH learners/${ids.imogen}`, body: fields }],
    );
    await world.settle('10001', 'refresh');
    expect(await world.takeWrites()).toEqual([]);
  }
});

test('SA-5: a blank in PICS clears nothing at Smart Assessor', async () => {
  await using world = await openLinked({ learnerDetails: 'push' });
  world.pics.edit('10001', (one) => ({ ...one, email: null, birthDate: null }));
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-50: four lines of the address and the postcode are sent, the fifth line is not', async () => {
  await using world = await openLinked({ learnerDetails: 'push' });
  world.pics.edit('10001', (one) => ({
    ...one,
    address: ['2 High Street', null, 'Larkfield', 'Kent', 'fifth'],
    postcode: 'zz99 1ab',
  }));
  await world.settle('10001');
  expect(toSent(await world.takeWrites())).toMatchObject([
    {
      body: {
        homeAddress: { line1: '2 High Street', town: 'Larkfield', county: 'Kent', postCode: 'zz99 1ab' },
      },
    },
  ]);
});

test('SA-6, SA-52: gender is sent only with its own switch', async () => {
  for (const updateGender of [true, false]) {
    await using world = await openLinked({ learnerDetails: 'push', updateGender });
    world.pics.edit('10001', (one) => ({ ...one, sex: '2' }));
    await world.settle('10001');
    expect(toSent(await world.takeWrites())).toMatchObject(updateGender ? [{ body: { sex: 'Female' } }] : []);
    expect(await world.records('learners')).toMatchObject([{ sex: updateGender ? 'Female' : null }]);
  }
});

test('SA-51: the ULN is sent in push mode, and never an invalid one', async () => {
  await using world = await openLinked({ learnerDetails: 'push' });
  world.pics.edit('10001', (one) => ({ ...one, uln: '1234567890' }));
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  world.pics.edit('10001', (one) => ({ ...one, uln: '1000000019' }));
  await world.settle('10001');
  expect(toSent(await world.takeWrites())).toMatchObject([{ body: { uln: '1000000019' } }]);
});

test('SA-50, D-16: a value that the site does not keep is reported once and sent again only when PICS changes', async () => {
  await using world = await openLinked({ learnerDetails: 'push' }, {}, { 'ignored-learner-fields': 'email' });
  world.pics.edit('10001', (one) => ({ ...one, email: 'new@x.example.org' }));
  await world.settle('10001');
  expect(await world.takeWrites()).toHaveLength(1);
  expect(world.held()).toEqual([`learner-field:${ids.imogen}/email VALUE_NOT_KEPT`]);
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toHaveLength(1);
  world.pics.edit('10001', (one) => ({ ...one, email: 'other@x.example.org' }));
  await world.settle('10001');
  expect(await world.takeWrites()).toHaveLength(1);
});

test('SA-50, Q6: a field that the settings say the site does not take is not sent, and that is noted', async () => {
  await using world = await openLinked({ learnerDetails: 'push', updatableFields: ['familyName'] });
  world.pics.edit('10001', (one) => ({ ...one, surname: 'Married', email: 'new@x.example.org' }));
  await world.settle('10001');
  expect(toSent(await world.takeWrites())).toMatchObject([{ body: { familyName: 'Married' } }]);
  const lane = await world.ledger.readLane({
    vendor: 'smartassessor',
    centre: 'main',
    ident: '10001',
    officers: [],
    organisations: [],
    learnerVendorIds: [],
  });
  expect(lane.notes).toContainEqual({ code: 'SA-50', subject: 'learner-field:10001/email' });
});

test('SA-50: what the site refuses is held with its words and the field', async () => {
  await using world = await openLinked(
    { learnerDetails: 'push' },
    {},
    { 'ignored-learner-fields': 'email', 'ignored-answer': 'reject' },
  );
  world.pics.edit('10001', (one) => ({ ...one, email: 'new@x.example.org' }));
  await world.settle('10001');
  expect(world.held()).toEqual(['learner-details:10001 VENDOR_REFUSED']);
  expect(world.messages()[0]).toContain('e-mail address');
});

test('SA-8, SA-53: in push mode the details of a linked officer are sent, those of others are not', async () => {
  await using world = await openEnrolmentWorld([], {
    settings: { officerDetails: 'push' },
    officers: [
      { ...adaBrook, externalId: ids.ada },
      { code: 'BCO001', firstName: 'Ben', surname: 'Cole' },
    ],
  });
  await world.settle('officer:ABR001');
  await world.takeWrites();
  world.pics.putOfficer({ ...adaBrook, externalId: ids.ada, surname: 'Married' });
  world.pics.putOfficer({ code: 'BCO001', firstName: 'Ben', surname: 'Married' });
  await world.settle('officer:ABR001');
  await world.settle('officer:BCO001');
  expect(toSent(await world.takeWrites())).toEqual([
    { call: `PATCH assessors/${ids.ada}`, body: { lastName: 'Married' } },
  ]);
  await world.settle('officer:ABR001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-54: a change of a linked organisation is not sent', async () => {
  await using world = await openEnrolmentWorld([], {
    settings: { learnerDetails: 'push', officerDetails: 'push' },
    organisations: [{ code: 'ALD001', name: 'Alder Joinery Ltd', externalId: '1001' }],
  });
  await world.settle('organisation:ALD001');
  world.pics.putOrganisation({ code: 'ALD001', name: 'Alder & Co', phone: '1', externalId: '1001' });
  await world.settle('organisation:ALD001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('D-19: nothing is sent for a learner who is archived at Smart Assessor; what waits is sent when it is restored', async () => {
  await using world = await openLinked({ learnerDetails: 'push' });
  await world.control('POST', `/act/learners/${ids.imogen}/archive`);
  world.pics.edit('10001', (one) => ({ ...one, surname: 'Married' }));
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual(['archived:10001 ARCHIVED']);
  expect(await world.takeWrites()).toEqual([]);
  await world.control('POST', `/act/learners/${ids.imogen}/unarchive`);
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual([]);
  expect(await world.takeWrites()).toHaveLength(1);
});
