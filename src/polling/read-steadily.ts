import type { VendorLearner } from '../domain/people.ts';
import type { PollPage, PollResource, ReadPage } from '../domain/polling.ts';
import type { PollPorts } from './page.ts';

/*
 * Reads pages of a vendor that may be away, or may fail for one record.
 *
 * Both look alike in one answer: a 5xx, a cut line, a call without an end. What separates them is how *other* records
 * fare (G-9). So a read that fails is repeated over growing pauses, and after five attempts its own reader asks: was
 * another record answered since it began to fail? Reads run side by side, so as a rule one was. If none was, one is
 * asked for: the last that was answered, the first page of another list, a learner. An answer says that the fault is this
 * record's own: it is left out, and everything else goes on. No answer says that the vendor is away: then the read waits,
 * up to a minute between two attempts, for as long as it takes, and nothing is left out.
 *
 * What was left out once has one attempt the next time, so that one broken record does not slow every turn down.
 */

type ReadRequest = Parameters<ReadPage>[0];

export type SteadyReader = {
  /** Null: refused, left out, or the signal came. */
  read(request: ReadRequest, signal: AbortSignal): Promise<PollPage | null>;
};

const mostAttempts = 5;
const firstDelayMs = 1_000;
const maxDelayMs = 60_000;
const throttledMs = 60_000;
/** So many reads that were answered are remembered: one of them is another than the one that fails. */
const mostRemembered = 2;

export function createSteadyReader({
  vendor,
  clock,
  store,
  log,
}: Pick<PollPorts, 'vendor' | 'clock' | 'store' | 'log'>): SteadyReader {
  const broken = new Set<string>();
  let answered: readonly ReadRequest[] = [];
  let answerCount = 0;
  let probeCount = 0;
  let isAway = false;
  let askedIdent: string | null = null;

  function noteAnswer(request: ReadRequest): void {
    answerCount += 1;
    const key = keyOf(request);
    answered = [request, ...answered.filter((one) => keyOf(one) !== key)].slice(0, mostRemembered);
    if (isAway) log.info(`${vendor.title} answers again: polling goes on`);
    isAway = false;
  }

  /** Each in turn, so that one that is broken itself is not asked again and again. */
  async function nextLearner(): Promise<VendorLearner | undefined> {
    const scope = { vendor: vendor.name, centre: vendor.centre };
    const readAfter = (afterIdent: string | null) =>
      store.links.readLearners(scope, { afterIdent, limit: 1 });
    const [next] = await readAfter(askedIdent);
    const [learner] = next === undefined && askedIdent !== null ? await readAfter(null) : [next];
    askedIdent = learner?.ident ?? null;
    return learner;
  }

  /** Whether the vendor answers for another record than this one. What it shows is not looked at. */
  async function othersAnswer(request: ReadRequest): Promise<boolean> {
    const others = [...answered, ...firstPages(vendor.polling.plans, await nextLearner())].filter(
      (one) => recordOf(one) !== recordOf(request),
    );
    const other = others[probeCount % Math.max(1, others.length)];
    probeCount += 1;
    if (other === undefined) return false;
    const answer = await vendor.readPage({ ...other, isProbe: true });
    if (answer.kind !== 'page' && answer.kind !== 'rejected') return false;
    noteAnswer(other);
    return true;
  }

  return {
    read: async (request, signal) => {
      const key = keyOf(request);
      const attempts = broken.has(key) ? 1 : mostAttempts;
      let failures = 0;
      let answersBefore = answerCount;
      for (let delayMs = firstDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
        const answer = await vendor.readPage(request);
        if (answer.kind === 'page' || answer.kind === 'rejected') {
          broken.delete(key);
          noteAnswer(request);
          return answer.kind === 'page' ? answer : null;
        }
        if (answer.kind === 'throttled') {
          await clock.sleep(answer.retryAfterMs ?? throttledMs, signal);
          delayMs = firstDelayMs;
          continue;
        }
        if (failures === 0) answersBefore = answerCount;
        failures += 1;
        if (failures >= attempts) {
          if (answerCount > answersBefore || (await othersAnswer(request))) {
            broken.add(key);
            const { entity } = request.resource;
            log.error(`${vendor.title} fails for one record and answers for others: it is left out`, {
              entity,
              code: answer.kind,
              attempt: failures,
            });
            return null;
          }
          if (!isAway) log.warn(`${vendor.title} does not answer: polling waits`, { code: answer.kind });
          isAway = true;
        }
        await clock.sleep(delayMs, signal);
      }
      return null;
    },
  };
}

/** One page. */
function keyOf(request: ReadRequest): string {
  return `${recordOf(request)} ${request.cursor ?? ''}`;
}

/** What a page is of: a list, or a learner. */
function recordOf({ resource, learnerVendorId }: ReadRequest): string {
  return `${resource.name} ${learnerVendorId ?? ''}`;
}

/** The first page of each list, and the records of a learner. */
function firstPages(
  plans: readonly { readonly resource: PollResource }[],
  learner: VendorLearner | undefined,
): ReadRequest[] {
  const ids = learner === undefined ? [] : [learner.vendorId];
  return plans.flatMap(({ resource }) =>
    (resource.scope === 'centre' ? [null] : ids).map((learnerVendorId): ReadRequest => {
      return { resource, cursor: null, learnerVendorId, extent: 'full', cause: 'poll' };
    }),
  );
}
