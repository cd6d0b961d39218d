import { expect, test } from 'vitest';
import { smartAssessorConfigured } from '../../../../test/memory/smart-assessor.ts';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import { smartAssessorVendor } from '../../../../test/support/smart-assessor-world/world.ts';
import type { WorldVendor } from '../../../../test/support/world/side.ts';
import { openWorld } from '../../../../test/support/world/world.ts';
import { Secret } from '../../../base/secret.ts';
import type { Json } from '../../../domain/json.ts';
import { contextOf } from '../../../roles/role.ts';

/*
 * A site that worked through one contract and goes on through another, with the same links, shadows and topics
 * (smart-assessor-api 11): what the other contract cannot show is not taken for gone, and nothing is written twice.
 */

const gone = '1ea00000-0000-4000-8000-000000010002';
const soap = { contract: 'soap-g1', g1: { apiKey: new Secret('local-key') } };
const settings = { reviewTypeMap: { 'Formal Review': 'F' } };

/** Imogen, and Oscar whom Smart Assessor has archived: `soap-g1` does not show him. Besides them `strangers` archived. */
function site(strangers: number): Json {
  const [imogen] = smallSite.learners;
  const archived = Array.from({ length: strangers }, (_, n) => ({
    ...imogen,
    id: `1ea00000-0000-4000-8000-0000000200${String(n).padStart(2, '0')}`,
    misId: `200${n}`,
    isArchived: true,
  }));
  const oscar = { ...imogen, id: gone, misId: '10002', givenNames: 'Oscar', isArchived: true };
  return { ...smallSite, learners: [imogen, oscar, ...archived] } as unknown as Json;
}

const learners = [
  ['10001', 'Imogen', ids.imogen],
  ['10002', 'Oscar', gone],
].map(([ident = '', firstName = '', smartAssessorId = '']) =>
  buildLearner({
    ident,
    firstName,
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    smartAssessorId,
    activePortfolio: 'S',
    qualifications: [buildQualification({ reference: '603/1122/3' })],
  }),
);

/** The site through one contract until it is closed, then through another with all that was kept. */
async function openSite(strangers: number) {
  let smartAssessor: WorldVendor | undefined;
  const shared = { externalIdVendor: 'smartassessor' } as const;
  const first = await openWorld(
    [
      (clock) => {
        smartAssessor = smartAssessorVendor({ settings, records: site(strangers) })(clock);
        return smartAssessor;
      },
    ],
    { learners, officers: [{ code: 'ABR001', externalId: ids.ada }] },
    shared,
  );
  const known = smartAssessor;
  if (known === undefined) throw new Error('the world has no Smart Assessor');
  /** Enables it again, as a person does who confirms what there is to confirm. */
  const goOn = (wanted: object) =>
    openWorld(
      [() => ({ ...known, configured: smartAssessorConfigured({ ...settings, ...wanted }) })],
      { learners: [] },
      shared,
      first.base,
    );
  return { first, goOn };
}

type World = Awaited<ReturnType<typeof openSite>>['first'];

const linksOf = ({ ledger }: World): string[] =>
  ledger.links.map(({ kind, picsId, vendorId }) => `${kind} ${picsId}=${vendorId}`).toSorted();

const reviewsOf = (world: World) => world.learner('10001').reviews;

test('SA-1, D-21: of a running site another contract changes nothing in PICS and loses no link; what it cannot show ends as a held link', async () => {
  const { first, goOn } = await openSite(0);
  await first.at('smartassessor').pass();
  await first.at('smartassessor').pass();
  const [links, reviews] = [linksOf(first), reviewsOf(first)];
  const { qualifications } = first.learner('10001');
  expect(reviews).toHaveLength(1);
  expect(qualifications[0]).toMatchObject({ elementsTotal: 100, elementsDone: 40 });
  const state = await first.store.vendors.readState('smartassessor');
  await first[Symbol.asyncDispose]();

  await using world = await goOn(soap);
  // Before a person had enabled it again it rested.
  const { ports } = world.base;
  const [vendor] = ports.vendors;
  if (vendor === undefined) throw new Error('the world has no vendor');
  const switching = vendor.switching(contextOf(vendor, ports, world.settings));
  expect(await switching.findRest(state)).toBe('moved');
  expect(await switching.findRest(await world.store.vendors.readState('smartassessor'))).toBeNull();

  const { length } = world.pics.written;
  const heldAfter: string[][] = [];
  for (let n = 0; n < 3; n += 1) {
    const { deletedCount } = await world.at('smartassessor').pass();
    heldAfter.push([`${deletedCount}`, ...world.held()]);
  }
  // The first list of another form is compared with none; two of its own prove that Oscar is not to be seen.
  expect(heldAfter).toEqual([['0'], ['0'], ['1', `learner:10002 LINK_GONE`]]);
  expect(world.pics.written.slice(length)).toEqual([]);
  expect(linksOf(world)).toEqual(links);
  expect(reviewsOf(world)).toEqual(reviews);
  expect(world.learner('10001').qualifications).toEqual(qualifications);
});

test('SA-1, D-21: and when the contract before comes back, so does who was not to be seen', async () => {
  const { first, goOn } = await openSite(0);
  await first.at('smartassessor').pass();
  const links = linksOf(first);
  await first[Symbol.asyncDispose]();
  const between = await goOn(soap);
  for (let n = 0; n < 3; n += 1) await between.at('smartassessor').pass();
  expect(between.held()).toEqual(['learner:10002 LINK_GONE']);
  await between[Symbol.asyncDispose]();
  await using world = await goOn({});
  await world.at('smartassessor').pass();
  await world.at('smartassessor').pass();
  expect(world.held()).toEqual([]);
  expect(linksOf(world)).toEqual(links);
});

test('D-21: where the other contract hides more than three learners and 2 %, a person looks first', async () => {
  const { first, goOn } = await openSite(6);
  await first.at('smartassessor').pass();
  await first[Symbol.asyncDispose]();
  await using world = await goOn(soap);
  const found: number[] = [];
  for (let n = 0; n < 4; n += 1) found.push((await world.at('smartassessor').pass()).deletedCount);
  expect(found).toEqual([0, 0, 0, 0]);
  expect(world.held()).toEqual(['deletions:learner DELETIONS_HELD']);
  expect(linksOf(world)).toContain(`learner 10002=${gone}`);
});
