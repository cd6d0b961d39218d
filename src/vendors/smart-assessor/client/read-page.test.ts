import { describe, expect, test } from 'vitest';
import { setupSmartAssessor, type Way, ways } from '../../../../test/support/smart-assessor-client.ts';
import { createLog } from '../../../base/log.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Observation } from '../../../domain/observation.ts';
import type { PollPage } from '../../../domain/polling.ts';
import { toKeptDetails } from '../rules/records.ts';
import { createReadPage, pollResources } from './read-page.ts';

type Site = ReturnType<typeof setupSmartAssessor>;
type Kept = Parameters<typeof toKeptDetails>[0];

const nothing: Kept = {
  learnerDetails: 'none',
  learnerDetailFields: [
    'names',
    'birthDate',
    'email',
    'phones',
    'niNumber',
    'uln',
    'sex',
    'address',
    'postcode',
  ],
  officerDetails: 'none',
  officerDetailFields: ['names', 'email', 'phones'],
  updateGender: false,
  riskFromScore: false,
};

/** A process that polls the site. `lines`: what it logs. */
function setupReader(site: Site, kept: Partial<Kept> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', isPretty: false, write: (line) => lines.push(line) });
  let draws = 0;
  const readPage = createReadPage({
    port: site.port,
    site: 'main',
    kept: toKeptDetails({ ...nothing, ...kept }),
    log,
    // Two processes never name their readings alike.
    chance: () => (site.calls().length + draws++ * 7) / 1_000,
  });
  const read = (entity: string, cursor: string | null = null, more: object = {}) => {
    const resource = pollResources.find((one) => one.entity === entity);
    if (resource === undefined) throw new Error(`no list of ${entity}`);
    return readPage({ resource, cursor, learnerVendorId: null, extent: 'full', cause: 'poll', ...more });
  };
  const page = async (entity: string, cursor: string | null = null): Promise<PollPage> => {
    const answer = await read(entity, cursor);
    if (answer.kind !== 'page') throw new Error(`${entity}: ${JSON.stringify(answer)}`);
    return answer;
  };
  /** All pages from here on. */
  const whole = async (entity: string, from: string | null = null) => {
    const pages: PollPage[] = [];
    for (let cursor = from; ; ) {
      const one = await page(entity, cursor);
      pages.push(one);
      if (one.next === null)
        return { pages, observations: pages.flatMap(({ observations }) => observations) };
      cursor = one.next;
    }
  };
  return { read, page, whole, lines };
}

const idsOf = (observations: readonly Observation[]): string[] =>
  observations.map(({ vendorId }) => vendorId);

/** As many learners as wanted, beside those of the seed. */
function load(site: Site, count: number): void {
  const learners = Array.from({ length: count }, (_, n) => ({
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    misId: `L${n}`,
    familyName: 'Okafor',
    givenNames: `Ada ${n}`,
    dateOfBirth: '2004-02-29',
    telNumber: '01632 960000',
  }));
  site.door('POST', '/records', { learners });
}

const recordsOf = (site: Site, kind: string) => site.door('GET', `/records/${kind}`) as JsonObject[];

const listCalls = (site: Site, operation: string): number =>
  site.calls().filter((one) => one.operation === operation).length;

test.each(ways.map((way) => [`${way.contract} ${way.auth}`, way] as const))(
  'all six collections are read whole, each with its keys: %s',
  async (_name, way: Way) => {
    const site = setupSmartAssessor(way);
    const reader = setupReader(site);
    for (const { entity } of pollResources) {
      const { observations, pages } = await reader.whole(entity);
      expect(observations.length, entity).toBeGreaterThan(0);
      expect(pages.every(({ isPartial }) => isPartial === undefined)).toBe(true);
      expect(new Set(idsOf(observations)).size).toBe(observations.length);
      for (const { vendorId, record, learnerVendorId, centre } of observations) {
        expect(record).toMatchObject({ id: vendorId });
        expect(centre).toBe('main');
        if (entity === 'learner-course')
          expect(vendorId).toBe(`${learnerVendorId}/${String(record?.['courseId'])}`);
        if (entity === 'session')
          expect(vendorId).toBe(`${String(record?.['sessionId'])}/${learnerVendorId}`);
      }
    }
  },
);

test('1,320 learners are three pages of one call', async () => {
  const site = setupSmartAssessor(ways[0]);
  load(site, 1_300);
  const reader = setupReader(site);
  const { pages, observations } = await reader.whole('learner');
  expect(pages.map(({ observations: some }) => some.length)).toEqual([500, 500, 320]);
  expect(idsOf(observations)).toEqual(idsOf(observations).toSorted());
  expect(listCalls(site, 'read-learners')).toBe(1);
  await reader.whole('learner');
  expect(listCalls(site, 'read-learners'), 'the next pass reads again').toBe(2);
});

test('a process that takes over reads the list again and goes on after the last record of the place', async () => {
  const site = setupSmartAssessor(ways[0]);
  load(site, 1_300);
  const first = await setupReader(site).page('learner');
  site.door('POST', '/act/learners/00000000-0000-4000-8000-000000000003/delete');
  const other = setupReader(site);
  const { observations } = await other.whole('learner', first.next);
  expect(listCalls(site, 'read-learners')).toBe(2);
  expect(observations).toHaveLength(820);
  expect(idsOf(first.observations).filter((id) => idsOf(observations).includes(id))).toEqual([]);
});

describe('a list that is not whole', () => {
  test('D-21: a process that takes over and reads it whole knows that the pages before were not', async () => {
    const site = setupSmartAssessor(ways[0]);
    load(site, 1_300);
    site.door('PATCH', '/switches', { 'page-size': 700 });
    const first = await setupReader(site).page('learner');
    expect(first.isPartial).toBeUndefined();
    site.door('PATCH', '/switches', { 'page-size': 0 });
    const { pages, observations } = await setupReader(site).whole('learner', first.next);
    expect(observations).toHaveLength(820);
    expect(pages.map(({ isPartial }) => isPartial)).toEqual([undefined, true]);
  });

  test('paged against all that is known: its records count, and the last page says that there may be more', async () => {
    const site = setupSmartAssessor(ways[0], { switches: { 'page-size': 5 } });
    const { observations, pages } = await setupReader(site).whole('learner');
    expect(observations).toHaveLength(5);
    expect(pages.map(({ isPartial }) => isPartial)).toEqual([true]);
  });

  test.each([
    ['cut in the middle', { type: 'truncate', bytes: 400 }],
    ['a page of a gateway', { type: 'answer', status: 502, body: '<html>Bad gateway</html>' }],
  ])('%s: it is no page at all', async (_title, action) => {
    const site = setupSmartAssessor(ways[0]);
    site.rule(action, { operation: 'read-sessions' }, { times: null });
    expect((await setupReader(site).read('session')).kind).toBe('unknown');
  });

  test('a row without a usable id leaves the others, and the list is not whole', async () => {
    const site = setupSmartAssessor(ways[0]);
    const body = JSON.stringify([{ id: 1001, name: 'A' }, { id: 'none', name: 'B' }, 7]);
    site.rule({ type: 'answer', status: 200, body }, { operation: 'read-employers' });
    const page = await setupReader(site).page('employer');
    expect(idsOf(page.observations)).toEqual(['1001']);
    expect(page.isPartial).toBe(true);
  });
});

test('dirty content leaves every record where it is, names its fields, and is logged once and without content', async () => {
  const clean = setupSmartAssessor(ways[0]);
  const site = setupSmartAssessor(ways[0], { switches: { 'dirty-data': 'on' } });
  const reader = setupReader(site, { learnerDetails: 'pull', updateGender: true });
  for (const { entity } of pollResources) {
    const { observations, pages } = await reader.whole(entity);
    const { observations: wanted } = await setupReader(clean).whole(entity);
    expect(idsOf(observations), entity).toEqual(idsOf(wanted));
    expect(pages.at(-1)?.isPartial, entity).toBeUndefined();
  }
  const sexes = (await reader.whole('learner')).observations.map(({ record }) => record?.['sex']);
  expect(sexes.every((sex) => sex === null || sex === 'male' || sex === 'female')).toBe(true);
  const { length } = reader.lines;
  await reader.whole('learner');
  await reader.whole('session');
  expect(reader.lines, 'once').toHaveLength(length);
  const names = recordsOf(clean, 'learners').map((one) => String(one['familyName']));
  for (const line of reader.lines) for (const name of names) expect(line).not.toContain(name);
});

test('a date that is none is null, and the record says which field could not be understood', async () => {
  const site = setupSmartAssessor(ways[0]);
  const [known] = recordsOf(site, 'learners');
  const body = JSON.stringify([{ ...known, dateOfBirth: '31/02/2001' }]);
  site.rule({ type: 'answer', status: 200, body }, { operation: 'read-learners' });
  const reader = setupReader(site);
  const page = await reader.page('learner');
  expect(page.observations[0]?.record).toMatchObject({ dateOfBirth: null, unreadable: ['dateOfBirth'] });
  expect(reader.lines.join()).toContain('"field":"dateOfBirth","code":"bad-date"');
});

test('D-21: of people only what identifies them is kept, and what a mode exchanges', async () => {
  const site = setupSmartAssessor(ways[0]);
  const shown = async (kept: Partial<Kept>, entity = 'learner') =>
    (await setupReader(site, kept).whole(entity)).observations.map(({ record }) => record ?? {});
  const filled = async (kept: Partial<Kept>, entity = 'learner') => {
    const records = await shown(kept, entity);
    const names = new Set(records.flatMap((record) => Object.keys(record)));
    return [...names].filter((name) => records.some((record) => record[name] !== null)).toSorted();
  };
  expect(await filled({})).toEqual([
    ...['dateOfBirth', 'familyName', 'givenNames', 'id', 'isArchived', 'misId', 'niNumber', 'uln', 'unread'],
  ]);
  const pulled = await filled({ learnerDetails: 'pull', learnerDetailFields: ['phones', 'sex', 'postcode'] });
  expect(pulled).toContain('phone');
  expect(pulled).toContain('postcode');
  expect(pulled, 'the switch of SA-6 is off').not.toContain('sex');
  expect(await filled({}, 'assessor')).not.toContain('email');
  expect(await filled({ officerDetails: 'pull' }, 'assessor')).toContain('email');
});

test('a probe asks and remembers nothing', async () => {
  const site = setupSmartAssessor(ways[0]);
  load(site, 600);
  const reader = setupReader(site);
  const first = await reader.page('learner');
  await reader.read('learner', null, { isProbe: true });
  await reader.page('learner', first.next);
  expect(listCalls(site, 'read-learners'), 'the pass goes on in its own reading').toBe(2);
});
