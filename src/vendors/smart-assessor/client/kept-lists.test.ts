import { describe, expect, test } from 'vitest';
import { classes, setupSmartAssessor, ways } from '../../../../test/support/smart-assessor-client.ts';
import { toWord } from '../../../../test/support/smart-assessor-essentials.ts';

type Site = ReturnType<typeof setupSmartAssessor>;

const [, , soap] = ways;

describe('lists that are kept', () => {
  const find = (site: Site, account = {}) => site.call('find-learner', { misId: '501' }, account);

  test('our own write forgets them, an answer or none', async () => {
    for (const action of [null, { type: 'apply-then-drop' }] as const) {
      const site = setupSmartAssessor(soap);
      expect(await find(site)).toMatchObject({ kind: 'ok', value: { kind: 'none' } });
      if (action !== null) site.rule(action);
      await classes.guarded(site);
      expect(await find(site)).toMatchObject({ value: { kind: 'one' } });
    }
  });

  test('after five seconds the list is read again', async () => {
    const site = setupSmartAssessor(soap);
    const first = await find(site);
    site.passMs(4_000);
    expect(await find(site), 'G-4: with the time at which the list was read').toEqual(first);
    expect(site.calls()).toHaveLength(1);
    site.passMs(2_000);
    await find(site);
    expect(site.calls()).toHaveLength(2);
  });

  test('a look-up after a call without an answer never uses them', async () => {
    const site = setupSmartAssessor(soap);
    await find(site);
    await find(site, { isFresh: true });
    expect(site.calls()).toHaveLength(2);
  });

  test('polling reads for itself', async () => {
    const site = setupSmartAssessor(soap);
    await find(site);
    await site.ok('read-learners', { includeArchived: true });
    expect(site.calls()).toHaveLength(2);
  });

  test('a list that could not be read is not kept', async () => {
    const site = setupSmartAssessor(soap);
    site.rule({ type: 'drop' }, {}, { times: 3 });
    expect(toWord(await find(site))).toBe('unreachable cut');
    expect(toWord(await find(site))).toBe('ok');
  });
});
