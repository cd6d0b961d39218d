import type { Learner, Qualification, Review } from '../../../src/domain/learner.ts';
import type { CommandRequest } from '../../../src/domain/request.ts';
import type { createRandom } from '../../support/random.ts';
import { refusedMinute, refusedNumber } from './onefile.ts';
import { aReview } from './populate.ts';
import { aDate, officerCodes, toLocalTime } from './populate-values.ts';
import type { MonthWorld } from './world.ts';

type Random = ReturnType<typeof createRandom>;
type Habit = readonly [weight: number, act: (world: MonthWorld, ident: string) => Promise<void>];

const dayMs = 86_400_000;

/** What users of PICS do, and how often. */
const habits: readonly Habit[] = [
  [24, editExchangedField],
  [24, addReview],
  [5, addReviewsAtOnce],
  [10, editReview],
  [4, deleteReview],
  [1, editReviewId],
  [4, attachUnits],
  [3, editMainOfficer],
  [3, editOfficerId],
  [1, addOfficer],
  [5, editLearnerId],
  [3, endQualification],
  [2, switchPortfolio],
  [2, editElements],
  [12, enrolSomebody],
  [4, editContact],
  [1, renameLearner],
  [1, renameLearnerTwice],
];

export function doSomethingInPics(world: MonthWorld): Promise<void> {
  const { random, pics } = world;
  const ident = random.pick([...pics.learners.keys()]);
  const total = habits.reduce((sum, [weight]) => sum + weight, 0);
  let dice = random.chance() * total;
  for (const [weight, act] of habits) {
    dice -= weight;
    if (dice < 0) return act(world, ident);
  }
  return Promise.resolve();
}

function editExchangedField({ random, pics, clock }: MonthWorld, ident: string): Promise<void> {
  const field = random.pick([
    'registrationNumber',
    'registeredOn',
    'certificateAppliedOn',
    'certificateReceivedOn',
  ] as const);
  const dice = random.chance();
  const text = random.chance() < 0.03 ? refusedNumber : ` P${random.below(10_000)} `.trim();
  const value = dice < 0.25 ? null : field === 'registrationNumber' ? text : aDate(random, clock.nowMs());
  return editQualification(pics, random, ident, (known) => ({ ...known, [field]: value }));
}

function addReview(world: MonthWorld, ident: string): Promise<void> {
  const { random, pics, clock } = world;
  const review = aReview(random, `${ident}-n${world.newNumber()}`, clock.nowMs());
  return pics.edit(ident, (learner) => ({ ...learner, reviews: [...learner.reviews, review] }));
}

function addReviewsAtOnce(world: MonthWorld, ident: string): Promise<void> {
  const { random, pics, clock } = world;
  const reviews = Array.from({ length: 3 + random.below(4) }, () =>
    aReview(random, `${ident}-b${world.newNumber()}`, clock.nowMs()),
  );
  return pics.edit(ident, (learner) => ({ ...learner, reviews: [...learner.reviews, ...reviews] }));
}

function editReview({ random, pics, clock }: MonthWorld, ident: string): Promise<void> {
  const atMs = clock.nowMs() + random.below(40) * dayMs + random.below(24 * 60) * 60_000;
  const change = random.pick<Partial<Review>>([
    { proposedAt: toLocalTime(atMs) },
    { proposedAt: `${toLocalTime(atMs).slice(0, 14)}${refusedMinute}:00` },
    { proposedAt: null },
    { attended: 'N' },
    { attended: null, actualAt: null },
    { attended: 'Y', actualAt: toLocalTime(clock.nowMs()) },
    { officer: random.pick(officerCodes) },
    { officer: null },
    { officer: 'GONE' },
    { type: 'X' },
    { type: 'N' },
  ]);
  return onReview(pics, random, ident, (review) => ({ ...review, ...change }));
}

function deleteReview({ random, pics }: MonthWorld, ident: string): Promise<void> {
  return onReview(pics, random, ident, () => null);
}

/** A person spoils the id of a review; sometimes somebody repairs it later. */
function editReviewId({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const oneFileId = random.chance() < 0.5 ? null : '999';
  return onReview(pics, random, ident, (review) =>
    review.oneFileId === null ? review : { ...review, oneFileId },
  );
}

function attachUnits({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const hasUnits = random.chance() < 0.8;
  return editQualification(pics, random, ident, (known) => ({ ...known, hasUnits }));
}

function editMainOfficer({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const mainOfficer = random.pick([...officerCodes, 'GONE', null]);
  return pics.edit(ident, (learner) => ({ ...learner, mainOfficer }));
}

/** Cleared, the id of some assessor (perhaps of another's), or one that OneFile does not have. */
function editOfficerId({ random, pics, state }: MonthWorld): Promise<void> {
  const code = random.pick(officerCodes);
  const externalId = random.pick([
    null,
    null,
    random.pick([...state.table('assessor').keys(), '1']),
    random.pick(['77', 'abc']),
  ]);
  return pics.editOwner(
    { kind: 'officer', code },
    (known) => ({ ...toOfficer(code), ...known, externalId }) as never,
  );
}

function addOfficer({ pics }: MonthWorld): Promise<void> {
  return pics.editOwner({ kind: 'officer', code: 'GONE' }, (known) => known ?? (toOfficer('GONE') as never));
}

function toOfficer(code: string) {
  const blank = { phone: null, mobile: null, externalId: null };
  return { kind: 'officer', code, firstName: 'Ada', surname: code, email: `${code}@x.example.org`, ...blank };
}

/** The right id, somebody else's, one that nobody has, or none. */
function editLearnerId({ random, pics, state }: MonthWorld, ident: string): Promise<void> {
  const all = [...state.table('learner')];
  const surname = pics.learners.get(ident)?.surname;
  const [own] = all.find(([, { lastName }]) => lastName === surname) ?? [null];
  const dice = random.chance();
  const other = all.length === 0 ? null : (random.pick(all)[0] as string);
  const oneFileId = dice < 0.6 ? own : dice < 0.75 ? other : dice < 0.85 ? '123' : dice < 0.9 ? 'x9' : null;
  return pics.edit(ident, (learner) => ({ ...learner, oneFileId }));
}

/** Somebody without an id, sometimes in a hurry: asked for twice. */
async function enrolSomebody(world: MonthWorld): Promise<void> {
  const { random, pics } = world;
  const open = [...pics.learners.values()].filter(({ oneFileId }) => oneFileId === null);
  if (open.length === 0) return;
  const { ident } = random.pick(open);
  const times = random.chance() < 0.2 ? 2 : 1;
  for (let time = 0; time < times; time += 1)
    void world.oneFile.request(enrolRequest(`request-${world.newNumber()}`, ident));
}

function enrolRequest(id: string, ident: string): CommandRequest {
  const blank = { officer: null, organisation: null, requestedBy: null, txId: null };
  return { id, ident, payload: {}, kind: 'enrol', vendor: 'onefile', status: 'new', ...blank };
}

/** An e-mail address is never taken away: OneFile demands one of whoever is enrolled. */
function editContact({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const number = random.below(10_000);
  const change = random.pick<Partial<Learner>>([
    { email: `${ident}.${number}@x.example.org` },
    { phone: random.chance() < 0.7 ? `01 ${number}` : null },
    { mobile: random.chance() < 0.7 ? `07 ${number}` : null },
  ]);
  return pics.edit(ident, (learner) => ({ ...learner, ...change }));
}

/** What a user calls a learner by: it begins with 1 at first, then with 9, 8, and so on. */
async function renameLearner(world: MonthWorld, ident: string): Promise<void> {
  const first = ident.startsWith('1') ? 9 : Number(ident[0]) - 1;
  const to = `${first}${ident.slice(1)}`;
  if (first < 2 || !(await world.pics.rename(ident, to))) return;
  for (const [former, known] of world.renamed) if (known === ident) world.renamed.set(former, to);
  world.renamed.set(ident, to);
}

/** A typing error and its correction: the events of both may come in either order. */
async function renameLearnerTwice(world: MonthWorld, ident: string): Promise<void> {
  await renameLearner(world, ident);
  const to = world.renamed.get(ident);
  if (to !== undefined) await renameLearner(world, to);
}

function endQualification({ random, pics, clock }: MonthWorld, ident: string): Promise<void> {
  const endOn = random.chance() < 0.7 ? aDate(random, clock.nowMs()) : null;
  return editQualification(pics, random, ident, (known) => ({ ...known, endOn }));
}

function switchPortfolio({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const activePortfolio = random.pick(['O', 'S', null] as const);
  return pics.edit(ident, (learner) => ({ ...learner, activePortfolio }));
}

function editElements({ random, pics }: MonthWorld, ident: string): Promise<void> {
  const elementsDone = random.below(40);
  return editQualification(pics, random, ident, (known) => ({ ...known, elementsDone }));
}

function editQualification(
  pics: MonthWorld['pics'],
  random: Random,
  ident: string,
  change: (known: Qualification) => Qualification,
): Promise<void> {
  const index = random.below(3);
  return pics.edit(ident, (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one, at) =>
      at === index % learner.qualifications.length ? change(one) : one,
    ),
  }));
}

function onReview(
  pics: MonthWorld['pics'],
  random: Random,
  ident: string,
  change: (known: Review) => Review | null,
): Promise<void> {
  const index = random.below(6);
  return pics.edit(ident, (learner: Learner) => ({
    ...learner,
    reviews: learner.reviews.flatMap((one, at) =>
      at === index % learner.reviews.length ? (change(one) ?? []) : one,
    ),
  }));
}
