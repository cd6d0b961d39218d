import { expect, test } from 'vitest';
import { createRandom } from '../../test/support/random.ts';
import { openSchool, type School } from '../../test/support/school.ts';
import { compareItem, isWork, type Run } from '../domain/run.ts';

/** Plans a synchronisation of everybody by name and waits for the plan; killed now and then meanwhile. */
async function plan(school: School, kill: () => Promise<void>): Promise<Run> {
  const row = await school.give('run-plan', { kind: 'synchronise', filter: { status: 'L' } });
  const id = Number(row.result?.['run']);
  return until(school, id, kill, ({ state }) => state !== 'asked');
}

async function until(
  school: School,
  id: number,
  kill: () => Promise<void>,
  isThere: (run: Run) => boolean,
): Promise<Run> {
  for (let looks = 0; looks < 2_000; looks += 1) {
    const run = await school.read(id);
    if (isThere(run)) return run;
    await school.passMs(150);
    await kill();
  }
  throw new Error(`run ${id} does not come to its end: ${JSON.stringify(await school.read(id))}`);
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'killed and paused at random moments a run does what was planned, once (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    await using school = await openSchool(40);
    await school.level();
    const planned = await school.differ(random);
    const dying = async (): Promise<void> => {
      if (random.chance() < 0.15) await school.restart();
    };
    const run = await plan(school, dying);
    expect(run).toMatchObject({ state: 'planned', code: null, plan: { learners: 40, counts: planned } });
    expect(school.takeWrites()).toEqual([]);
    await school.give('run-approve', { run: run.id, digest: run.plan?.digest ?? '' });
    let pauses = 3;
    const ended = await until(
      school,
      run.id,
      async () => {
        await dying();
        if (pauses > 0 && random.chance() < 0.1) {
          pauses -= 1;
          await school.give('run-pause', { run: run.id });
          await school.passMs(5_000);
          await school.give('run-resume', { run: run.id });
        }
      },
      ({ state }) => state === 'done',
    );
    expect(ended).toMatchObject({ progress: { items: 40, done: 40, failed: 0 } });
    const items = await school.items(run.id);
    expect(
      items
        .map((item) => [item.ident, compareItem(item)])
        .filter(([, one]) => JSON.stringify(one) !== '{"missing":[],"more":[]}'),
    ).toEqual([]);
    expect(school.takeWrites()).toHaveLength(
      items.flatMap(({ planned: { lines } }) => lines.filter(({ does }) => does === 'update')).length,
    );
    const again = await plan(school, async () => {});
    expect((await school.items(again.id)).flatMap(({ planned: { lines } }) => lines.filter(isWork))).toEqual(
      [],
    );
  },
);

test('more than one learner in twenty that fails for one reason pauses the run, and the others stay as they are', async () => {
  await using school = await openSchool(60);
  await school.level();
  await school.differ(createRandom(7));
  const run = await plan(school, async () => {});
  const reason = { type: 'answer', status: 400, body: { message: 'no' } };
  await school.control('POST', '/rules', {
    match: { method: 'POST', bodyIncludes: '2026-03-04' },
    times: null,
    action: reason,
  });
  await school.give('run-approve', { run: run.id, digest: run.plan?.digest ?? '' });
  const paused = await until(
    school,
    run.id,
    async () => {},
    ({ state }) => state === 'paused',
  );
  expect(paused).toMatchObject({ code: 'MANY_FAILED', params: { of: '200', reason: 'VENDOR_REFUSED' } });
  expect(paused.progress.failed).toBeGreaterThan(10);
  expect(paused.progress.done + paused.progress.failed).toBeLessThan(60);
});
