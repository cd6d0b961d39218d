import type { CommandRequest } from '../../../src/domain/request.ts';
import type { createRandom } from '../../support/random.ts';
import { officerCodes } from './populate-values.ts';
import type { SmartAssessorSite } from './smart-assessor.ts';
import type { MonthWorld } from './world.ts';

type Desk = {
  readonly world: MonthWorld;
  readonly site: SmartAssessorSite;
  readonly random: ReturnType<typeof createRandom>;
};
type Habit = readonly [weight: number, act: (desk: Desk) => Promise<void>];

/** What users of PICS do about Smart Assessor, and how often. */
const habits: readonly Habit[] = [
  [8, editLearnerId],
  [14, enrolSomebody],
  [6, linkOfficer],
  [1, editSessionId],
];

export function linkSomething(desk: Desk): Promise<void> {
  const total = habits.reduce((sum, [weight]) => sum + weight, 0);
  let dice = desk.random.chance() * total;
  for (const [weight, act] of habits) {
    dice -= weight;
    if (dice < 0) return act(desk);
  }
  return Promise.resolve();
}

/** The right id, in capitals and braces or as it is; somebody else's; one that nobody has; or none. */
function editLearnerId({ world: { pics }, site, random }: Desk): Promise<void> {
  const ident = random.pick([...pics.learners.keys()]);
  const all = site.rows('learners');
  const surname = pics.learners.get(ident)?.surname;
  const own = all.find(({ familyName }) => familyName === surname)?.['id'] ?? null;
  const dice = random.chance();
  const other = all.length === 0 ? null : String(random.pick(all)['id']);
  const smartAssessorId =
    dice < 0.6
      ? (own as string | null)
      : dice < 0.75
        ? other
        : dice < 0.85
          ? '123'
          : dice < 0.9
            ? 'x9'
            : null;
  return pics.edit(ident, (learner) => ({ ...learner, smartAssessorId }));
}

/** Somebody without an id, sometimes in a hurry: asked for twice. */
async function enrolSomebody({ world, random }: Desk): Promise<void> {
  const open = [...world.pics.learners.values()].filter(({ smartAssessorId }) => smartAssessorId === null);
  if (open.length === 0) return;
  const { ident } = random.pick(open);
  const times = random.chance() < 0.2 ? 2 : 1;
  for (let time = 0; time < times; time += 1) give(world, { kind: 'enrol', ident, payload: {} });
}

/** SA-20: looked up and saved; sometimes an account that is somebody else's, or the link is taken away again. */
async function linkOfficer({ world, site, random }: Desk): Promise<void> {
  const officer = random.pick(officerCodes);
  const accounts = site.rows('assessors');
  const own = accounts.find(({ lastName }) => lastName === officer);
  const any = accounts.length === 0 ? undefined : random.pick(accounts);
  const dice = random.chance();
  const vendorId = dice < 0.8 ? own?.['id'] : dice < 0.9 ? any?.['id'] : '';
  if (vendorId !== undefined)
    give(world, { kind: 'link-officer', officer, payload: { vendorId: String(vendorId) } });
}

function editSessionId({ world: { pics }, random }: Desk): Promise<void> {
  const ident = random.pick([...pics.learners.keys()]);
  const smartAssessorId = random.chance() < 0.5 ? null : 'EV-none';
  const index = random.below(6);
  return pics.edit(ident, (learner) => ({
    ...learner,
    reviews: learner.reviews.map((review, at) =>
      at === index % learner.reviews.length && review.smartAssessorId !== null
        ? { ...review, smartAssessorId }
        : review,
    ),
  }));
}

/** A request of Smart Assessor: `isSiteRequest` knows its id. */
function give(
  world: MonthWorld,
  command: Pick<CommandRequest, 'kind' | 'payload'> & Partial<CommandRequest>,
): void {
  void world.smartAssessor.request({
    id: `site-${world.newNumber()}`,
    vendor: 'smartassessor',
    status: 'new',
    ident: null,
    officer: null,
    organisation: null,
    requestedBy: null,
    txId: null,
    ...command,
  });
}

export function isSiteRequest(id: string): boolean {
  return id.startsWith('site-');
}
