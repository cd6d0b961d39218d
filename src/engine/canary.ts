import { type CanaryFlight, canaryIdent } from '../domain/canary.ts';
import type { Change } from '../domain/change.ts';
import type { Clock, Topics } from '../domain/ports.ts';
import type { DecodedChange } from '../domain/topic-records.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { Engine } from './engine.ts';

/** What the canary passes on its way through outbound. */
type CanaryPorts = {
  /** Engines of the vendors at work in this process, at this moment. */
  readonly engines: () => ReadonlyMap<VendorName, Pick<Engine, 'submit'>>;
  readonly topics: Pick<Topics, 'publishCanary'>;
  readonly clock: Pick<Clock, 'nowMs' | 'sleep'>;
  readonly signal: AbortSignal;
};

/** A vendor that is away may keep all places of its engine waiting: the canary goes on without it. */
const decideWithinMs = 10_000;

/**
 * Takes the canary from the capture to the reconciler's topic.
 *
 * Each engine looks at a learner that PICS does not have. So the canary waits for a place as any change does, and PICS
 * is read so that it shows the canary's transaction; the look finds no learner and ends before anything else. Without
 * a vendor at work it goes on undecided. Its row comes back as a change too, in the state `back`, and ends here.
 */
export function createHandleCanary(
  ports: CanaryPorts,
): (decoded: Exclude<DecodedChange, { kind: 'malformed' }>, recordedAtMs: number) => void | Promise<void> {
  return (decoded, recordedAtMs) => {
    if (decoded.kind !== 'change') return;
    const { change } = decoded;
    const probe = change.after?.['probe'];
    if (change.op === 'snapshot' || change.after?.['state'] !== 'sent' || typeof probe !== 'number') return;
    return pass(ports, change, { probe, recordedAtMs });
  };
}

async function pass(
  ports: CanaryPorts,
  change: Change,
  { probe, recordedAtMs }: Pick<CanaryFlight, 'probe' | 'recordedAtMs'>,
): Promise<void> {
  const { engines, topics, clock } = ports;
  const consumedAtMs = clock.nowMs();
  const outcomes = await Promise.all(
    [...engines()].map(async ([vendor, engine]) => ({
      vendor,
      isDecided: await isLooked(ports, engine, change),
    })),
  );
  const namesOf = (isDecided: boolean): VendorName[] =>
    outcomes.filter((one) => one.isDecided === isDecided).map(({ vendor }) => vendor);
  await topics.publishCanary({
    probe,
    recordedAtMs,
    consumedAtMs,
    decidedAtMs: clock.nowMs(),
    decided: namesOf(true),
    late: namesOf(false),
  });
}

/** An engine that ends meanwhile does not look, and the part that runs it says why. */
async function isLooked(
  { clock, signal }: CanaryPorts,
  engine: Pick<Engine, 'submit'>,
  { txId }: Change,
): Promise<boolean> {
  const ended = new AbortController();
  const looked = engine
    .submit({
      ident: canaryIdent,
      demand: 'change',
      priority: 'live',
      txIds: txId === null ? [] : [txId],
      committedAtMs: null,
    })
    .then(
      () => true,
      () => false,
    );
  const late = clock.sleep(decideWithinMs, AbortSignal.any([signal, ended.signal])).then(() => false);
  try {
    return await Promise.race([looked, late]);
  } finally {
    ended.abort();
    signal.throwIfAborted();
  }
}
