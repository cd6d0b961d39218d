import type { LinkKind, NewLink } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { VendorFailure } from '../../src/domain/outcome.ts';
import type { PollPage, ReadPage } from '../../src/domain/polling.ts';
import type { CallBudget } from '../../src/domain/ports.ts';
import type { Call, CallContext, CallResult, Done, Resolution } from '../../src/domain/step.ts';
import type { OpenVendor, VendorContext } from '../../src/vendors/vendor.ts';
import { toLearnerRecord } from './paper-rules.ts';
import type { PaperLearner, PaperReview, PaperService } from './paper-service.ts';

/*
 * The calls. Each is made once and answers with what came of it; what goes wrong is a value, and what
 * follows from it is the engine's: `unreachable` was not sent and is sent again, `rejected` is held for a
 * person, `unknown` is looked up first when it was a create.
 */

export const name = 'smartassessor';
export const centre = 'front-desk';

/** What the parts of an open vendor share. */
export type PaperDesk = {
  readonly context: VendorContext;
  readonly service: PaperService;
  readonly budget: CallBudget;
};
type Cause = CallContext['cause'];

/** One call for one learner. The step is one that `evaluate` has named. */
export function execute(desk: PaperDesk, { name: step, subject, request }: Call, cause: Cause): CallResult {
  const { service } = desk;
  const text = (field: string): string => String(request[field] ?? '');
  const [ident, id] = [text('ident'), text('learnerId')];
  const record = toLearnerRecord(request as unknown as PaperLearner);
  const said = service.ask(`${step} ${subject}`, (): Done | null => {
    switch (step) {
      case 'read-learner': {
        const learner = service.learners.get(id);
        if (learner === undefined) return null;
        const reviews = service.reviewsOf(id).map((review) => toReview(desk, review, cause));
        return { ...done, vendorId: id, observed: [toLearner(desk, learner, cause), ...reviews] };
      }
      case 'create-learner':
        return createdLearner(desk, service.addLearner({ ourKey: ident, ...record }));
      case 'open-portfolio':
        service.portfolios.push(id);
        return done;
      case 'update-learner':
        service.changeLearner(id, record);
        return {
          ...done,
          shadow: [toShadow(toLearner(desk, { id, ourKey: ident, ...record }, cause), record)],
        };
      case 'create-review': {
        const review = { learnerId: id, ourKey: text('reviewId'), at: text('at') };
        return createdReview(service.addReview(review), ident);
      }
      default:
        throw new Error(`there is no call ${step}`);
    }
  });
  if (said.kind !== 'said') return said;
  return (
    said.value ?? { kind: 'rejected', code: 'ID_NOT_FOUND', detail: '', params: { kind: 'learner', id } }
  );
}

/**
 * What an unanswered create has made, found by its natural key. What is found is done, as if it had been
 * answered.
 */
export function resolve(
  desk: PaperDesk,
  { step, naturalKey, ident }: Parameters<OpenVendor['resolve']>[0],
): Resolution {
  const { service } = desk;
  const said = service.ask(`find ${step} ${naturalKey}`, (): readonly Done[] => {
    const isOurs = ({ ourKey }: { readonly ourKey: string | null }): boolean => ourKey === naturalKey;
    return step === 'create-learner'
      ? [...service.learners.values()].filter(isOurs).map((one) => createdLearner(desk, one))
      : [...service.reviews.values()].filter(isOurs).map((one) => createdReview(one, ident));
  });
  if (said.kind !== 'said') return said;
  const [found, ...others] = said.value;
  if (found === undefined) return { kind: 'absent' };
  return others.length === 0 ? { kind: 'found', done: found } : { kind: 'several', count: said.value.length };
}

/** What can be read whole: learners first, for a review names its learner by id alone. */
export const resources = [
  { name: 'learners', entity: 'learner', scope: 'centre' },
  { name: 'reviews', entity: 'review', scope: 'centre' },
] as const;

/** One page; here the only one. The right to a call is taken inside, for no engine stands around it. */
export async function readPage(
  desk: PaperDesk,
  { resource, cause }: Parameters<ReadPage>[0],
): Promise<PollPage | VendorFailure> {
  const { service, budget } = desk;
  await budget.take('poll');
  const said = service.ask(`list-${resource.name}`, () =>
    resource.entity === 'learner'
      ? [...service.learners.values()].map((one) => toLearner(desk, one, cause))
      : [...service.reviews.values()].map((one) => toReview(desk, one, cause)),
  );
  return said.kind === 'said' ? { kind: 'page', observations: said.value, next: null } : said;
}

const done: Done = { kind: 'done', vendorId: null, observed: [], shadow: [], links: [], findings: [] };

/** A create answers with the id and makes the link; what was acknowledged is the shadow. */
function createdLearner(desk: PaperDesk, learner: PaperLearner): Done {
  const { id, ourKey } = learner;
  const ident = ourKey ?? '';
  const shadow = [toShadow(toLearner(desk, learner, 'after-write'), toLearnerRecord(learner))];
  return { ...done, vendorId: id, links: [createdLink('learner', ident, id, ident)], shadow };
}

/**
 * Without a shadow: so the next look at the office shows the review once, with what was written down
 * meanwhile.
 */
function createdReview({ id, ourKey }: PaperReview, ident: string): Done {
  return { ...done, vendorId: id, links: [createdLink('review', ourKey ?? '', id, ident)] };
}

function createdLink(kind: LinkKind, picsId: string, vendorId: string, ident: string): NewLink {
  return { vendor: name, centre, kind, picsId, vendorId, ident, how: 'created' };
}

/**
 * Records in PICS's form: trimmed, blank = null, dates as dates. A comparison of two of them is all that
 * decides.
 */
function toLearner(desk: PaperDesk, learner: PaperLearner, cause: Cause): Observation {
  const { id } = learner;
  return observe(desk, cause, {
    entity: 'learner',
    vendorId: id,
    learnerVendorId: id,
    record: toLearnerRecord(learner),
  });
}

function toReview(desk: PaperDesk, { id, learnerId, at, attended }: PaperReview, cause: Cause): Observation {
  return observe(desk, cause, {
    entity: 'review',
    vendorId: id,
    learnerVendorId: learnerId,
    record: { at, attended },
  });
}

function observe(
  { context: { clock } }: PaperDesk,
  cause: Cause,
  seen: Pick<Observation, 'entity' | 'vendorId' | 'learnerVendorId' | 'record'>,
): Observation {
  return { vendor: name, centre, observedAtMs: clock.nowMs(), cause, deleted: false, ...seen };
}

function toShadow(
  { cause: _cause, deleted: _deleted, ...seen }: Observation,
  record: Done['shadow'][number]['record'],
): Done['shadow'][number] {
  return { ...seen, record };
}
