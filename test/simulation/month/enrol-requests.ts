import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { Learner } from '../../../src/domain/learner.ts';
import type { VendorFailure } from '../../../src/domain/outcome.ts';
import type { Answer, CommandRequest } from '../../../src/domain/request.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEnrol } from '../../../src/requests/enrol.ts';
import { oneFile as vendor } from '../../../src/vendors/onefile/onefile.ts';
import { askForEnrolment } from '../../../src/vendors/onefile/rules/enrol/ask.ts';
import type {
  EnrolmentAsk,
  EnrolmentFacts,
  OfferedStandard,
} from '../../../src/vendors/onefile/rules/enrol/facts.ts';
import { planEnrolment } from '../../../src/vendors/onefile/rules/enrol/plan.ts';
import type { OneFileCentre } from '../../../src/vendors/onefile/rules/settings.ts';
import { at } from './onefile-answers.ts';
import type { OneFileModel } from './onefile-client.ts';
import type { Process } from './process.ts';
import type { MonthWorld } from './world.ts';

type Parts = {
  readonly engine: Engine;
  readonly client: OneFileModel;
  readonly readCentre: () => Promise<OneFileCentre>;
};

/** What a process does with a user's `enrol`: checks and plans it, keeps the plan, and sets the engine to work. */
export function createEnrolHandler(
  world: MonthWorld,
  process: Process,
  { engine, client, readCentre }: Parts,
): (request: CommandRequest) => Promise<Answer> {
  const { pics, ledger, clock, settings, accepted } = world;
  const { live } = process;
  const toNaming = async (learner: Learner) => ({
    ...{ learner, settings, centre: await readCentre(), nowMs: clock.nowMs() },
  });
  const readOffers = async (): Promise<readonly OfferedStandard[]> => toOffers(world);
  const handle = createEnrol<EnrolmentAsk, EnrolmentFacts, OfferedStandard>({
    ...{ vendor: vendor.name, address: 'onefile', signal: new AbortController().signal },
    sleep: live((ms, signal) => clock.sleep(ms, signal)),
    readLearner: live(pics.readLearner),
    readLinks: live(async (learner) => (await readLane(world, learner)).links),
    askFor: live(async ({ learner, links }) => askForEnrolment({ ...(await toNaming(learner)), links })),
    readFacts: live((ask): Promise<EnrolmentFacts | VendorFailure> => client.readEnrolmentFacts(ask)),
    readOffers,
    refreshOffers: async () => null,
    plan: live(async ({ learner, links, facts, offers, choices }) => {
      const others = facts.candidates.flatMap(
        ({ id }) => ledger.linkTable.findByVendorId(at, 'learner', id) ?? [],
      );
      const given = { facts, standards: offers, choices, links: [...links, ...others] };
      return planEnrolment({ ...(await toNaming(learner)), ...given });
    }),
    readAccepted: live(async (id) => accepted.get(id) ?? null),
    openEnrolment: live(async (ident, { id, plan }) => {
      await clock.sleep(world.random.below(30));
      process.check();
      if (accepted.has(id)) return;
      accepted.set(id, plan);
      ledger.openEnrolment({ ...at, ident }, { id, plan, plannedAtMs: clock.nowMs(), milestones: [] });
    }),
    submit: engine.submit,
  });
  return (request) => handle(request, async () => {});
}

export function toRequest(id: string, ident: string, payload: JsonObject): CommandRequest {
  const nobody = { officer: null, organisation: null, requestedBy: null, txId: null };
  return { id, ident, payload, kind: 'enrol', vendor: vendor.name, status: 'new', ...nobody };
}

function readLane({ ledger }: MonthWorld, { ident, officers, placements }: Learner) {
  return ledger.readLane({
    ...at,
    ident,
    officers: officers.map(({ code }) => code),
    organisations: placements.flatMap(({ organisation }) => organisation ?? []),
    learnerVendorIds: [],
  });
}

function toOffers({ state }: MonthWorld): readonly OfferedStandard[] {
  const text = (value: Json | undefined): string | null => (typeof value === 'string' ? value : null);
  return [...state.table('standard')].map(([id, { code, title }]) => ({
    ...{ id, code: text(code) ?? '', title: text(title) },
  }));
}
