import { describeError, isDataFault, isInfrastructureFault } from '../base/fault.ts';
import { emptyOutcome, type LaneKey, type Ledger } from '../domain/ledger.ts';
import type { Hold } from '../domain/step.ts';
import { toEntry } from './record.ts';

/**
 * Errors that no one expected while a lane was looked at (G-9).
 *
 * Everything a look stands on throws when it is gone: that ends the flow, and nothing is lost. But a rule or a client
 * that stumbles over one learner throws too, and would do so after every restart. So an error that comes from the
 * vendor's rules or client (`asVendor`), or that is about a value, is counted in the store for its lane; the look is
 * begun again after a growing pause, and after some attempts the lane is held with the code `UNEXPECTED`. Whatever
 * looks like a lost database or host, and whatever meets several lanes of which none is settled in between, ends the
 * flow as before: it is not about a learner.
 */

/** An error out of the vendor's rules or client. */
class VendorFault extends Error {
  override readonly name = 'VendorFault';
}

/** Marks what the vendor's code throws, except for what says that something underneath is gone. */
export async function asVendor<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isInfrastructureFault(error)) throw error;
    throw new VendorFault('the code of a vendor threw', { cause: error });
  }
}

type StumblePolicy = {
  readonly maxAttempts: number;
  /** How many lanes may stumble one after the other before it counts as a fault of what is underneath. */
  readonly maxLanes: number;
};

type Stumble =
  /** Look again after this time. */
  { readonly kind: 'again'; readonly afterMs: number } | { readonly kind: 'held'; readonly hold: Hold };

/** Decides what follows an error in a look. */
export class Stumbles {
  readonly #ledger: Ledger;
  readonly #policy: StumblePolicy;
  /** Lanes that stumbled since a lane was last settled. */
  readonly #lanes = new Set<string>();

  constructor(ledger: Ledger, policy: StumblePolicy = { maxAttempts: 5, maxLanes: 5 }) {
    this.#ledger = ledger;
    this.#policy = policy;
  }

  settled(): void {
    if (this.#lanes.size > 0) this.#lanes.clear();
  }

  /** Throws the error on when it is not about this lane. */
  async stumbled(key: LaneKey, error: unknown): Promise<Stumble> {
    const isOfLane = error instanceof VendorFault || isDataFault(error);
    if (!isOfLane) throw error;
    const hold = describe(key, error);
    const count = await this.#count(key, hold);
    if (count >= this.#policy.maxAttempts) return { kind: 'held', hold };
    this.#lanes.add(key.ident);
    if (this.#lanes.size > this.#policy.maxLanes) throw error;
    return { kind: 'again', afterMs: 1_000 * 2 ** (count - 1) };
  }

  /** Counts one more, and opens the held item when it was enough. Repeated while another process acts on the lane. */
  async #count(key: LaneKey, hold: Hold): Promise<number> {
    const { subject, code } = hold;
    for (;;) {
      const lane = await this.#ledger.readLane({
        ...key,
        officers: [],
        organisations: [],
        learnerVendorIds: [],
      });
      const before = lane.failures.find(({ step }) => step === 'look')?.count ?? 0;
      const count = before + 1;
      const isHeld = count >= this.#policy.maxAttempts;
      const recorded = await this.#ledger.recordOutcome({
        ...emptyOutcome(key, lane.version),
        failures: [{ step: 'look', subject, requestHash: '', count }],
        holds: isHeld ? [{ ...hold, requestHash: null }] : [],
        journal: [toEntry('look', subject, code)],
      });
      if (recorded.kind === 'recorded') return count;
    }
  }
}

/** Name and place of the error, which contain nothing personal. */
function describe({ ident }: LaneKey, error: unknown): Hold {
  const inner = error instanceof VendorFault ? error.cause : error;
  const { errorName, errorCode, errorAt } = describeError(inner);
  const where = [errorName, errorCode, errorAt].filter((part) => part !== undefined).join(' ');
  return { subject: `look:${ident}`, code: 'UNEXPECTED', params: { what: ident, where } };
}
