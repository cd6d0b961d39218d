import type { JsonObject } from '../../../src/domain/json.ts';
import { makeReview } from './populate-onefile.ts';
import { aDate } from './populate-values.ts';
import type { MonthWorld } from './world.ts';

type Habit = readonly [weight: number, act: (world: MonthWorld) => void];

const dayMs = 86_400_000;

/** What assessors and administrators do at OneFile, and how often. */
const habits: readonly Habit[] = [
  [22, editExchangedField],
  [16, advanceAim],
  [2, countElements],
  [3, achieveAim],
  [20, startReview],
  [6, unstartReview],
  [8, signReview],
  [8, rescheduleReview],
  [3, reassignReview],
  [10, addReview],
  [2, deleteReview],
  [2, editMisValue],
  [1, deleteAim],
  [4, editContact],
];

export function doSomethingInOneFile(world: MonthWorld): void {
  const total = habits.reduce((sum, [weight]) => sum + weight, 0);
  let dice = world.random.chance() * total;
  for (const [weight, act] of habits) {
    dice -= weight;
    if (dice >= 0) continue;
    act(world);
    return;
  }
}

function editExchangedField(world: MonthWorld): void {
  const { random, clock, keepsCertificateReceived } = world;
  const fields = ['registrationNumber', 'registeredOn', 'certificateAppliedOn'];
  if (keepsCertificateReceived) fields.push('certificateReceivedOn');
  const field = random.pick(fields);
  const text = field === 'registrationNumber' ? `F${random.below(10_000)}` : aDate(random, clock.nowMs());
  editAim(world, { [field]: random.chance() < 0.3 ? null : text });
}

function advanceAim(world: MonthWorld): void {
  editAim(world, { progress: world.random.below(1_010) / 10 });
}

function countElements(world: MonthWorld): void {
  const elementsTotal = world.random.below(40);
  editAim(world, { elementsTotal, elementsDone: world.random.below(45) - 2 });
}

function achieveAim(world: MonthWorld): void {
  const { random, clock } = world;
  editAim(world, { achievedOn: random.chance() < 0.7 ? aDate(random, clock.nowMs()) : null });
}

function startReview(world: MonthWorld): void {
  editReview(world, { startedAtMs: world.clock.nowMs() - world.random.below(7_200_000) });
}

function unstartReview(world: MonthWorld): void {
  editReview(world, { startedAtMs: null });
}

function signReview(world: MonthWorld): void {
  editReview(world, { learnerSignedAtMs: world.random.chance() < 0.8 ? world.clock.nowMs() : null });
}

/** Sometimes into the night on which the clocks change. */
function rescheduleReview(world: MonthWorld): void {
  const { random, clock } = world;
  const nights = [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)];
  const anyMs = clock.nowMs() + random.below(40) * dayMs;
  const fromMs = random.chance() < 0.2 ? random.pick(nights) : anyMs;
  editReview(world, { scheduledForMs: Math.floor(fromMs / dayMs) * dayMs + random.below(180) * 60_000 });
}

function reassignReview(world: MonthWorld): void {
  const assessors = [...world.state.table('assessor').keys()];
  if (assessors.length > 0) editReview(world, { assessorId: world.random.pick(assessors) });
}

function addReview(world: MonthWorld): void {
  const { random, clock, state } = world;
  const learners = [...state.table('learner').keys()];
  if (learners.length === 0) return;
  const id = makeReview(state, random, { learnerId: random.pick(learners), nowMs: clock.nowMs() });
  world.trace(() => `ONEFILE new review ${id} ${JSON.stringify(state.find('review', id))}`);
}

function deleteReview(world: MonthWorld): void {
  const id = pickId(world, 'review');
  if (id === null) return;
  world.state.remove('review', id);
  world.trace(() => `ONEFILE deletes review ${id}`);
}

function editContact(world: MonthWorld): void {
  const { random, state } = world;
  const learners = [...state.table('learner').keys()];
  if (learners.length === 0) return;
  const id = random.pick(learners);
  const number = random.below(10_000);
  const change = random.pick<JsonObject>([
    { email: random.chance() < 0.7 ? `of.${number}@x.example.org` : null },
    { phone: random.chance() < 0.7 ? `02 ${number}` : null },
    { mobile: random.chance() < 0.7 ? `08 ${number}` : null },
  ]);
  state.edit('learner', id, change);
  world.trace(() => `ONEFILE learner ${id} ${JSON.stringify(change)}`);
}

function deleteAim(world: MonthWorld): void {
  const id = pickId(world, 'learning-aim');
  if (id === null) return;
  world.state.remove('learning-aim', id);
  world.trace(() => `ONEFILE deletes aim ${id}`);
}

/** Only of assessors nobody of the sync has made: those keep the key they were given. */
function editMisValue(world: MonthWorld): void {
  const id = pickId(world, 'assessor');
  if (id === null || world.state.written.some(({ vendorId }) => vendorId === id)) return;
  const misId = world.random.chance() < 0.5 ? null : `OFF0${world.random.below(10)}`;
  world.state.edit('assessor', id, { misId });
  world.trace(() => `ONEFILE assessor ${id} misId ${misId}`);
}

function editAim(world: MonthWorld, change: JsonObject): void {
  const id = pickId(world, 'learning-aim');
  if (id === null) return;
  world.state.edit('learning-aim', id, change);
  world.trace(() => `ONEFILE aim ${id} ${JSON.stringify(change)}`);
}

function editReview(world: MonthWorld, change: JsonObject): void {
  const id = pickId(world, 'review');
  if (id === null) return;
  world.state.edit('review', id, change);
  world.trace(() => `ONEFILE review ${id} ${JSON.stringify(change)}`);
}

function pickId(
  { state, random }: MonthWorld,
  entity: 'learning-aim' | 'review' | 'assessor',
): string | null {
  const ids = [...state.table(entity).keys()];
  return ids.length === 0 ? null : random.pick(ids);
}
