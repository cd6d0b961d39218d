import { noFaults } from './onefile-line.ts';
import { doSomethingInOneFile } from './people-in-onefile.ts';
import { doSomethingInPics } from './people-in-pics.ts';
import { MonthWorld, type WorldOptions } from './world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const limitMs = 400 * dayMs;
const longestTurnMs = 13 * hourMs;

export type MonthOptions = WorldOptions & {
  /** What people do on each side. */
  readonly edits: number;
  readonly days: number;
};

/** Lives through a month of edits, cut lines and kills, then lets everything come to rest. */
export async function liveMonth(options: MonthOptions): Promise<MonthWorld> {
  const world = new MonthWorld(options);
  const { clock } = world;
  world.startOutbound();
  world.startOutbound();
  world.startReconciler();
  const endMs = clock.nowMs() + options.days * dayMs;
  const busy = Promise.all([
    repeat(world, endMs, options.edits, () => doSomethingInPics(world)),
    repeat(world, endMs, options.edits, async () => doSomethingInOneFile(world)),
    pollNowAndThen(world, endMs),
    repeat(world, endMs, 10, () => loseAProcess(world)),
    repeat(world, endMs, 3, async () => breakTheLine(world)),
    repeat(world, endMs, 40, () => holdRows(world)),
  ]);
  await clock.runUntil(busy, limitMs);
  await comeToRest(world);
  await synchronise(world);
  while (await approveDeletions(world)) await synchronise(world);
  return world;
}

/** A person has looked at what vanished, and lets the next pass take it for deleted (D-21). False: nothing was asked. */
async function approveDeletions({ store }: MonthWorld): Promise<boolean> {
  const items = await store.held.retry({ vendor: 'onefile', code: 'DELETIONS_HELD' }, { by: 'a person' });
  return items.length > 0;
}

/** A full pass, and everything that follows from it. */
export async function synchronise(world: MonthWorld): Promise<void> {
  world.trace(() => 'SYNCHRONISE');
  await world.clock.runUntil((world.poller as NonNullable<typeof world.poller>).synchronise(), limitMs);
  await drain(world);
}

/** So many times in the time that is left, at random moments. */
async function repeat(
  { clock, random }: MonthWorld,
  endMs: number,
  count: number,
  act: () => Promise<void>,
): Promise<void> {
  const spanMs = endMs - clock.nowMs();
  const moments = Array.from({ length: count }, () => endMs - Math.floor(random.chance() * spanMs)).sort(
    (a, b) => a - b,
  );
  for (const atMs of moments) {
    await clock.sleep(atMs - clock.nowMs());
    await act();
  }
}

/** A process dies; another takes its place, at once or after hours, or before: a zombie is about for a while. */
async function loseAProcess(world: MonthWorld): Promise<void> {
  const { random, clock } = world;
  const later = async (start: () => void): Promise<void> => {
    await clock.sleep(random.chance() < 0.5 ? random.below(10_000) : random.below(8 * hourMs));
    start();
  };
  const dice = random.chance();
  if (dice < 0.55) {
    world.endOutbound();
    await later(() => world.startOutbound());
  } else if (dice < 0.85) {
    world.killReconciler();
    await later(() => world.startReconciler());
  } else world.startReconciler();
}

/** Nobody polls for days, and then somebody for hours: what was missed is made up for, and broken off somewhere. */
async function pollNowAndThen(world: MonthWorld, endMs: number): Promise<void> {
  const { random, clock } = world;
  while (clock.nowMs() < endMs) {
    world.startPoller();
    await clock.sleep(random.below(30 * hourMs));
    world.killPoller();
    await clock.sleep(random.below(12 * dayMs));
  }
}

/** A user has a learner open and keeps the row, for seconds or for an hour. */
async function holdRows({ random, clock, pics }: MonthWorld): Promise<void> {
  const ident = random.pick([...pics.learners.keys()]);
  pics.store.locked.add(ident);
  void clock.sleep(random.chance() < 0.7 ? random.below(60_000) : random.below(hourMs)).then(() => {
    pics.store.locked.delete(ident);
  });
}

function breakTheLine({ random, clock, line }: MonthWorld): void {
  const fromMs = clock.nowMs();
  line.outages.push({ fromMs, toMs: fromMs + random.below(random.chance() < 0.8 ? 600_000 : 2 * hourMs) });
}

/**
 * No more edits, faults or kills; whoever was down is up again, and a day goes by.
 *
 * The daily run of that day brings what only a run can: changes whose event was lost, records that came in between.
 */
async function comeToRest(world: MonthWorld): Promise<void> {
  const { clock } = world;
  world.trace(() => 'REST');
  world.line.rates = noFaults;
  world.lossRate = 0;
  world.pics.store.collides = () => false;
  if (world.workers.length === 0) world.startOutbound();
  if (world.reconciler === null) world.startReconciler();
  if (world.poller === null) world.startPoller();
  await clock.runUntil(clock.sleep(dayMs + longestTurnMs), limitMs);
  await drain(world);
}

/** Until nothing is on its way any more. */
async function drain(world: MonthWorld): Promise<void> {
  const { clock, topics, pics } = world;
  const isQuiet = (): boolean =>
    world.deliveries === 0 &&
    pics.store.parked.length === 0 &&
    topics.partitions.every(({ topic, partition, records }) =>
      pics.store.isApplied(topic, partition, BigInt(records.length)),
    );
  const wait = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      if (world.faults.length > 0) throw world.faults[0];
      await clock.sleep(20 * 60_000);
      quiet = isQuiet() ? quiet + 1 : 0;
    }
  };
  await clock.runUntil(wait(), limitMs);
}
