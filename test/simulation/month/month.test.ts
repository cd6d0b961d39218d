import { expect, test } from 'vitest';
import { judge } from './judge/judge.ts';
import { liveMonth, synchronise } from './live-month.ts';
import type { MonthWorld, WorldOptions } from './world.ts';

const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 3);
const first = Number(process.env['SIMULATION_FIRST_SEED'] ?? 1);
/** A word, an ident or an id: the lines with it are printed. `all` prints everything. */
const traced = process.env['SIMULATION_TRACE'];

test(`${seeds} months of 200 learners with edits on both sides end alike by the rules, and a second pass moves nothing`, {
  timeout: 3_600_000,
}, async () => {
  for (let seed = first; seed < first + seeds; seed += 1) {
    const world = await liveMonth({ ...aMonth(seed), edits: 500, days: 30 });
    const faults = [...(await judge(world)), ...(await judgeSecondPass(world))];
    expect(faults, toRepeat(seed)).toEqual([]);
  }
});

function aMonth(seed: number): WorldOptions {
  const onTrace = (line: string): void => {
    if (traced === 'all' || line.includes(traced ?? '')) process.stdout.write(`${line}\n`);
  };
  return { seed, learnerCount: 200, ...(traced === undefined ? {} : { onTrace }) };
}

/** Nothing is sent, and nothing changes in PICS. */
async function judgeSecondPass(world: MonthWorld): Promise<readonly string[]> {
  const { state, site, pics } = world;
  const [sent, written, atSite] = [state.written.length, pics.store.written.length, site.writes.length];
  await synchronise(world);
  return [
    ...site.writes.slice(atSite).map(({ operation, path }) => `a second pass sent ${operation} ${path}`),
    ...state.written.slice(sent).map(({ name, subject }) => `a second pass sent ${name} ${subject}`),
    ...pics.store.written.slice(written).map((action) => `a second pass wrote ${JSON.stringify(action)}`),
  ];
}

function toRepeat(seed: number): string {
  const command = 'npx vitest run --project fast test/simulation/month';
  return `seed ${seed} (SIMULATION_FIRST_SEED=${seed} SIMULATION_SEEDS=1 SIMULATION_TRACE=all ${command} repeats it)`;
}
