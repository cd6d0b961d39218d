import type { JsonObject } from './json.ts';
import type { Link, NewLink } from './link.ts';
import type { Observation, ObservationCause, Shadow } from './observation.ts';
import type { VendorFailure } from './outcome.ts';
import type { OwnerKey } from './owner.ts';
import type { Priority } from './priority.ts';

/**
 * What a call does, which decides what an unknown outcome means.
 *
 * `read` and `update` may be repeated. A `create` is never repeated before it was looked up (G-5).
 */
export type CallEffect = 'read' | 'update' | 'create';

/** One call (or one paged read) at the vendor for one learner. */
export type Call = {
  /** Name of the call: `read-aims`, `update-aim`, `create-visit`, `create-review` … */
  readonly name: string;
  readonly effect: CallEffect;
  /**
   * The record it concerns, without personal data: `review:<id>`, `aim:<id>`. Held items and intents carry
   * it.
   */
  readonly subject: string;
  /** The key by which a create is found again at the vendor; null when it cannot be looked up. */
  readonly naturalKey: string | null;
  /** Arguments for the vendor's client. They may contain personal data: the ledger keeps only their hash. */
  readonly request: JsonObject;
  /** Stored with the open enrolment after the call, for steps that no later read shows. */
  readonly milestone?: string;
  /**
   * Reads (`name subject`) that the request was decided from (D-1). One of them must be fresh when the call is made:
   * begun after the last change of PICS that is known, and answered a moment ago. Else they are made again.
   */
  readonly restsOn?: readonly string[];
};

/**
 * An officer or organisation that must exist at the vendor first. `reads`: reads that were made for it just
 * now.
 */
export type NeededOwner = OwnerKey & { readonly reads: readonly string[] };

/** The next step for one learner. */
export type NextStep =
  | { readonly kind: 'call'; readonly call: Call }
  /** Two records are the same, and no call is needed to know it. `holds`: what a person must look at because of it. */
  | {
      readonly kind: 'link';
      readonly links: readonly NewLink[];
      readonly unlinks?: readonly Link[];
      readonly holds?: readonly Hold[];
    }
  /** A user removed an id, or it led to another record: these links are no longer valid. */
  | { readonly kind: 'unlink'; readonly links: readonly Link[]; readonly holds?: readonly Hold[] }
  /** D-9: PICS has the learner under this key instead of `from`: what is stored for that key belongs to this one. */
  | { readonly kind: 'follow'; readonly from: string }
  /** Work of other lanes that must be done first (G-3). The learner waits for it. */
  | { readonly kind: 'need'; readonly owners: readonly NeededOwner[] }
  /** All steps of the open enrolment are done. */
  | { readonly kind: 'conclude' }
  /** A link that PICS does not show yet: ask the reconciler (again) to copy its id, or with `removed` to empty it. */
  | { readonly kind: 'announce'; readonly links: readonly Link[]; readonly removed?: boolean };

/** Something that should be done and is not, because a person must act. */
export type Hold = {
  readonly subject: string;
  /** Message code (rules, section 9). */
  readonly code: string;
  /** Params of the message. They may contain personal data and are never logged. */
  readonly params: Readonly<Record<string, string>>;
};

/**
 * Something that is left as it is although the two sides differ, with the rule or the word for the reason: `A-5`, `A-4`,
 * `D-16`. Kept with the lane; its beginning and end stand in the journal (G-10).
 */
export type Note = { readonly code: string; readonly subject: string };

/**
 * The result of one look at one learner: the possible steps, best first, and the items that wait for a
 * person.
 *
 * The engine does the first step that no held item blocks, and evaluates again. The steps of one record come
 * in their order. A held record does not block the learner's other records (G-7).
 */
export type Evaluation = {
  readonly candidates: readonly NextStep[];
  readonly holds: readonly Hold[];
  readonly notes: readonly Note[];
  /** What the known records say about the centre; kept where it is new. */
  readonly findings?: readonly CentreFinding[];
};

/** The result of an answered call. */
export type Done = {
  readonly kind: 'done';
  /** The created record, for creates. */
  readonly vendorId: string | null;
  /** Records that were read: published to the vendor's topics, then stored as shadows. */
  readonly observed: readonly Observation[];
  /** Content that the vendor acknowledged: stored as shadows without being published. */
  readonly shadow: readonly Shadow[];
  readonly links: readonly NewLink[];
  /**
   * Findings about the centre that are kept beyond the learner, such as a field the vendor does not keep.
   */
  readonly findings: readonly CentreFinding[];
  /** What the answer shows to be a matter for a person, although the call was accepted. */
  readonly holds?: readonly Hold[];
};

/**
 * A finding about a centre. `field-support`: whether the vendor kept the field with this key (O12, D-16), and in which
 * record it was found out.
 */
export type CentreFinding = {
  readonly kind: 'field-support';
  readonly field: string;
  readonly isKept: boolean;
  readonly record: string;
};

export type CallResult = Done | VendorFailure;

/** The result of a look-up after an unknown outcome (G-5). */
export type Resolution =
  | { readonly kind: 'found'; readonly done: Done }
  | { readonly kind: 'absent' }
  | { readonly kind: 'several'; readonly count: number }
  /** The record cannot be looked up. `policy` says whether the create is repeated or held (OF-82, A-24). */
  | { readonly kind: 'blind'; readonly policy: 'repeat' | 'hold' }
  | VendorFailure;

/**
 * A create that is looked up before it is sent, because it may have been sent by an installation whose database was lost.
 * `taken`: ids of the learner's records at the vendor that have a record of PICS already.
 */
export type UnsentCreate = { readonly request: JsonObject; readonly taken: ReadonlySet<string> };

/** A held item as it should stand after the look. */
export type WantedHold = Hold & { readonly requestHash: string | null };

/** By what a created record is found again when it carries no key of ours. Personal: never logged or kept. */
export type About = {
  readonly firstName: string | null;
  /** Of an organisation its name. */
  readonly lastName: string | null;
  readonly email: string | null;
};

/** What is known of one field of a centre (D-16). `lostCount`: records that lost a value in it, three at most. */
export type FieldState = { readonly field: string; readonly isKept: boolean; readonly lostCount: number };

/** How a call is made: how urgently, and why. */
export type CallContext = {
  readonly priority: Priority;
  readonly cause: ObservationCause;
  readonly signal?: AbortSignal;
  readonly about?: About;
  /** A write that could not be sent until then, by the clock that is never set, is not sent any more (G-5). */
  readonly sendBeforeMs?: number;
};
