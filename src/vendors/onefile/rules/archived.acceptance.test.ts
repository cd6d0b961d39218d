import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';

const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'NEW001' });
const newcomer = { code: 'NEW001', firstName: 'Sam', surname: 'New', email: 's@x.example.org' };

function openWorld() {
  const qualification = buildQualification({ reference: '603/1122/3', registrationNumber: 'RG-9' });
  return openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification], reviews: [review], mainOfficer: 'NEW001' })],
    officers: [newcomer],
    records: smallCentre as never,
    switches: { 'archived-in-search': 'marked', 'archived-write': '400' } as never,
  });
}

test('D-19: nothing is sent for a learner archived at OneFile, not even an assessor for it, and the record says so', async () => {
  await using world = await openWorld();
  await world.control('POST', '/act/users/400061/archive', {});
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toEqual(['archived:10001 ARCHIVED']);
  expect(world.messages().join()).toMatch(/\(10001\) is archived at OneFile, so nothing is sent\./);
});

test('D-19: what waited is sent once the learner is restored, and what is archived is still read', async () => {
  await using world = await openWorld();
  await world.control('POST', '/act/users/400061/archive', {});
  await world.control('POST', '/act/aims/600046/registration', { registrationNumber: 'THERE-1' });
  await world.settle('10001', 'refresh');
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual(['archived:10001 ARCHIVED']);
  await world.control('POST', '/act/users/400061/unarchive', {});
  await world.settle('10001', 'refresh');
  const writes = (await world.takeWrites()).map((write) => String(write).split(' ').slice(0, 2).join(' '));
  expect(writes).toContain('POST LearningAim/600045');
  expect(writes).toContain('POST Review');
  expect(world.held()).toEqual([]);
});
