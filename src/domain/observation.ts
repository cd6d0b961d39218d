import type { JsonObject } from './json.ts';
import type { VendorName } from './vendor-name.ts';

export type ObservationCause = 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';

/**
 * One record as a vendor showed it, in our normal form: trimmed, blank = null, dates as dates.
 *
 * `vendorId` is the key in its topic. `deleted` with a null record means that two complete passes did not
 * show the record.
 */
export type Observation = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** Vendor id of the learner the record belongs to; null for records of the centre. */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: ObservationCause;
  readonly deleted: boolean;
  readonly record: JsonObject | null;
};

/**
 * How far two clocks may differ, milliseconds. A stamp that lies further ahead of the clock it is compared with is from
 * the future, and says nothing about what came first (G-4, G-11).
 */
export const mostSkewMs = 5_000;

/** The last content of one record that the vendor acknowledged or showed. */
export type Shadow = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  readonly learnerVendorId: string | null;
  readonly record: JsonObject;
  /** Vendor read time in milliseconds by our clock. */
  readonly observedAtMs: number;
  /** Values that we sent, by the field of the record. */
  readonly sent?: Readonly<Record<string, SentValue>>;
};

/**
 * A value that we sent, and what the vendor has made of it.
 *
 * It is kept as long as the shadow, so that a restart forgets nothing: whether a value at the vendor is still the one
 * we sent decides corrections (D-11), whether the vendor kept it decides what is sent again (D-16).
 */
export type SentValue = {
  readonly value: string;
  /** As the vendor showed the field last; null = blank. */
  readonly shown: string | null;
  /**
   * `acknowledged`: answered, and shown unchanged since. `read-back`: `shown` was read right after it was sent.
   * `lost`: that reading did not show the value in any form. `moved`: the vendor has shown something else since; this
   * stays so when the old value comes back.
   */
  readonly state: 'acknowledged' | 'read-back' | 'lost' | 'moved';
  /** When the vendor answered, by the clock of `observedAtMs`: an older observation says nothing about the field. */
  readonly sentAtMs: number;
};

/**
 * What was sent to a record. A stamp from the future counts as that of the shadow, which the store has set right
 * (G-11): else no later observation would say anything about the field.
 */
export function sentOf(
  shadow: Pick<Shadow, 'sent' | 'observedAtMs'> | undefined,
): NonNullable<Shadow['sent']> {
  const sent = Object.entries(shadow?.sent ?? {});
  const latestMs = shadow?.observedAtMs ?? 0;
  return Object.fromEntries(
    sent.map(([field, one]) => [field, one.sentAtMs <= latestMs ? one : { ...one, sentAtMs: latestMs }]),
  );
}

/** The shadow of a record after the vendor has shown or acknowledged it once more. An older one changes nothing. */
export function mergeShadow(known: Shadow | undefined, seen: Shadow): Shadow {
  if (known === undefined) return seen;
  if (known.observedAtMs > seen.observedAtMs) return known;
  const kept = Object.entries(known.sent ?? {}).map(([field, sent]): [string, SentValue] => {
    const value = seen.record[field] ?? null;
    const shown = value === null || typeof value === 'string' ? value : JSON.stringify(value);
    return [field, shown === sent.shown ? sent : { ...sent, shown, state: 'moved' }];
  });
  if (kept.length === 0) return seen;
  return { ...seen, sent: { ...Object.fromEntries(kept), ...seen.sent } };
}
