import type { MonthExchange } from './exchange.ts';
import { noFaults } from './line.ts';
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
  for (const exchange of world.exchanges) {
    exchange.startOutbound();
    exchange.startOutbound();
    exchange.startReconciler();
  }
  const endMs = clock.nowMs() + options.days * dayMs;
  const busy = Promise.all([
    repeat(world, endMs, options.edits, () => doSomethingInPics(world)),
    ...world.exchanges.flatMap((exchange) => [
      repeat(exchange, endMs, options.edits, async () => exchange.vendor.act()),
      pollNowAndThen(exchange, endMs),
      repeat(exchange, endMs, 10, () => loseAProcess(exchange)),
      repeat(exchange, endMs, 3, async () => breakTheLine(exchange)),
    ]),
    repeat(world, endMs, 40, () => holdRows(world)),
  ]);
  await clock.runUntil(busy, limitMs);
  await comeToRest(world);
  await synchronise(world);
  while (await approveDeletions(world)) await synchronise(world);
  return world;
}

/** A person has looked at what vanished, and lets the next pass take it for deleted (D-21). False: nothing was asked. */
async function approveDeletions({ store, exchanges }: MonthWorld): Promise<boolean> {
  let count = 0;
  for (const { name } of exchanges) {
    const items = await store.held.retry({ vendor: name, code: 'DELETIONS_HELD' }, { by: 'a person' });
    count += items.length;
  }
  return count > 0;
}

/** A full pass of each vendor, one after the other, and everything that follows from it. */
export async function synchronise(world: MonthWorld): Promise<void> {
  for (const { poller, trace } of world.exchanges) {
    trace(() => 'SYNCHRONISE');
    if (poller === null) throw new Error('there is no poller');
    await world.clock.runUntil(poller.synchronise(), limitMs);
    await drain(world);
  }
}

/** So many times in the time that is left, at random moments. */
async function repeat(
  { clock, random }: Pick<MonthWorld, 'clock' | 'random'>,
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
async function loseAProcess(exchange: MonthExchange): Promise<void> {
  const { random, clock } = exchange;
  const later = async (start: () => void): Promise<void> => {
    await clock.sleep(random.chance() < 0.5 ? random.below(10_000) : random.below(8 * hourMs));
    start();
  };
  const dice = random.chance();
  if (dice < 0.55) {
    exchange.endOutbound();
    await later(() => exchange.startOutbound());
  } else if (dice < 0.85) {
    exchange.killReconciler();
    await later(() => exchange.startReconciler());
  } else exchange.startReconciler();
}

/** Nobody polls for days, and then somebody for hours: what was missed is made up for, and broken off somewhere. */
async function pollNowAndThen(exchange: MonthExchange, endMs: number): Promise<void> {
  const { random, clock } = exchange;
  while (clock.nowMs() < endMs) {
    exchange.startPoller();
    await clock.sleep(random.below(30 * hourMs));
    exchange.killPoller();
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

function breakTheLine({ random, clock, vendor }: MonthExchange): void {
  const fromMs = clock.nowMs();
  vendor.line.outages.push({
    fromMs,
    toMs: fromMs + random.below(random.chance() < 0.8 ? 600_000 : 2 * hourMs),
  });
}

/**
 * No more edits, faults or kills; whoever was down is up again, and a day goes by.
 *
 * The daily run of that day brings what only a run can: changes whose event was lost, records that came in between.
 */
async function comeToRest(world: MonthWorld): Promise<void> {
  const { clock } = world;
  world.trace(() => 'REST');
  world.pics.store.collides = () => false;
  for (const exchange of world.exchanges) {
    exchange.vendor.line.rates = noFaults;
    exchange.lossRate = 0;
    if (exchange.workers.length === 0) exchange.startOutbound();
    if (exchange.reconciler === null) exchange.startReconciler();
    if (exchange.poller === null) exchange.startPoller();
  }
  await clock.runUntil(clock.sleep(dayMs + longestTurnMs), limitMs);
  await drain(world);
}

/** Until nothing is on its way any more. */
async function drain(world: MonthWorld): Promise<void> {
  const { clock, pics, exchanges } = world;
  const isQuiet = (): boolean => pics.store.parked.length === 0 && exchanges.every((one) => one.isQuiet);
  const wait = async (): Promise<void> => {
    for (let quiet = 0; quiet < 3; ) {
      if (world.faults.length > 0) throw world.faults[0];
      await clock.sleep(20 * 60_000);
      quiet = isQuiet() ? quiet + 1 : 0;
    }
  };
  await clock.runUntil(wait(), limitMs);
}
