import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { Learner, Qualification } from '../../../domain/learner.ts';
import type { ExchangedField } from './aims.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 0 };
const wireNames: Readonly<Record<ExchangedField, string>> = {
  registrationNumber: 'RegistrationNumber',
  registeredOn: 'RegistrationDate',
  certificateAppliedOn: 'CertificateAppliedDate',
  certificateReceivedOn: 'CertificateReceivedDate',
};
const dateFields = ['registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'] as const;

const withAims = (...aims: readonly object[]) => ({ ...smallCentre, aims }) as never;
const readAim = async (world: OneFileWorld, id = 600045) =>
  (await world.records('aims')).find(({ ID }) => ID === id) ?? {};
const firstOf = ({ qualifications: [first] }: Learner) => first;
const editFirst = (world: OneFileWorld, change: Partial<Qualification>, ident = '10001') =>
  world.pics.edit(ident, (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one, index) => (index === 0 ? { ...one, ...change } : one)),
  }));

/** Checks that a second run makes no call and no write. */
async function expectRest(world: OneFileWorld): Promise<void> {
  await world.takeWrites();
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written.slice(length)).toEqual([]);
}

test.each(
  dateFields.flatMap((field) =>
    ['infinity', '-infinity', '0044-03-15 BC', '20226-01-15', '1899-12-30', '9999-12-31'].map(
      (odd) => [field, odd] as const,
    ),
  ),
)(
  'D-17: %s is %s in PICS: it is held by its name, nothing of it is sent, and the other fields flow both ways',
  async (field, odd) => {
    const [other = 'registeredOn'] = dateFields.filter((one) => one !== field);
    await using world = await openOneFileWorld({
      learners: [
        buildLinked({
          qualifications: [{ ...qualification, [field]: odd, registrationNumber: 'AB1234567' }],
        }),
      ],
      records: withAims({ ...aim, [wireNames[other]]: '2026-03-04', Progress: 30 }),
    });
    await world.settle('10001', 'refresh');
    expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'AB1234567' });
    expect((await readAim(world))[wireNames[field]] ?? null).toBeNull();
    expect(firstOf(world.learner('10001'))).toMatchObject({
      [field]: odd,
      [other]: '2026-03-04',
      elementsDone: 30,
    });
    expect(world.held()).toEqual(['qualification-dates:10001/603/1122/3/1 UNREADABLE_DATE']);
    expect(world.messages()[0]).toMatch(
      /^PICS shows a value in (Registration|Certificate)[\w ]+ \(.+\) of qualification/,
    );
    await expectRest(world);
    editFirst(world, { [field]: '2026-05-06' });
    await world.settle('10001');
    expect((await readAim(world))[wireNames[field]]).toContain('2026-05-06');
    expect(world.held()).toEqual([]);
  },
);

test.each(dateFields)(
  'D-17: %s is no date at OneFile: it is held, PICS keeps its own, and the other fields flow both ways',
  async (field) => {
    const [other = 'registeredOn'] = dateFields.filter((one) => one !== field);
    await using world = await openOneFileWorld({
      learners: [
        buildLinked({
          qualifications: [{ ...qualification, [field]: '2026-01-05', registrationNumber: 'AB1234567' }],
        }),
      ],
      records: withAims({
        ...aim,
        [wireNames[field]]: '2222-02-02T00:00:00.000Z',
        [wireNames[other]]: '2026-03-04',
      }),
    });
    await world.settle('10001', 'refresh');
    expect(await readAim(world)).toMatchObject({
      RegistrationNumber: 'AB1234567',
      [wireNames[field]]: '2222-02-02T00:00:00.000Z',
    });
    expect(firstOf(world.learner('10001'))).toMatchObject({ [field]: '2026-01-05', [other]: '2026-03-04' });
    expect(world.held()).toEqual(['learning-aim:600045 UNREADABLE_DATE']);
    await expectRest(world);
  },
);

test.each([
  ['infinity', 'infinity'],
  ['0044-03-15T10:00:00 BC', '0044-03-15T10:00:00 BC'],
  ['20226-01-15T10:00:00', '20226-01-15T10:00:00'],
  ['1026-02-01T10:00:00', '1026-02-01T10:00:00'],
  [null, 'blank'],
])(
  'D-17: a qualifying review planned for %s is held with what was typed, and sent once it is corrected',
  async (proposedAt, shown) => {
    const odd = buildReview({ id: 'r1', type: 'N', proposedAt });
    const good = buildReview({ id: 'r2', type: 'N', proposedAt: '2026-02-01T10:00:00' });
    await using world = await openOneFileWorld({
      learners: [buildLinked({ mainOfficer: 'ABR001', reviews: [odd, good] })],
      officers: [{ code: 'ABR001', externalId: '400002' }],
    });
    await world.settle('10001');
    expect(await world.records('reviews')).toHaveLength(1);
    expect(world.held()).toEqual(['review:r1 REVIEW_NO_DATE']);
    expect(world.messages()).toEqual([
      `The review of Imogen Tarrant (10001) has no proposed date that can be read (${shown}). Enter one in PICS.`,
    ]);
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) =>
        one.id === 'r1' ? { ...one, proposedAt: '2026-02-02T11:30:00' } : one,
      ),
    }));
    await world.settle('10001');
    expect(world.held()).toEqual([]);
    expect((await world.records('reviews')).map(({ ScheduledFor }) => ScheduledFor)).toContainEqual(
      expect.stringContaining('2026-02-02T11:30:00'),
    );
  },
);

test('D-20: a qualification that is inserted with a number is sent on commit where its aim is there', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims({ ...aim, RegistrationNumber: 'RG-1' }),
  });
  await world.settle('10001', 'refresh');
  // The aim of the second one appears at OneFile after the last reading.
  await world.load({ aims: [{ ...aim, ID: 600046, StandardID: 5007 }] });
  await world.passMs(2 * 3_600_000);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: [
      ...learner.qualifications,
      buildQualification({ reference: '196AS', registrationNumber: 'RG-2' }),
    ],
  }));
  await world.settle('10001');
  expect(await readAim(world, 600046)).toMatchObject({ RegistrationNumber: 'RG-2' });
});
