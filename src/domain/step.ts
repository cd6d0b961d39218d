import type { JsonObject } from './json.ts';
import type { Link, LinkKey, NewLink } from './link.ts';
import type { Observation, ObservationCause, Shadow } from './observation.ts';
import type { VendorFailure } from './outcome.ts';
import type { OwnerKey } from './owner.ts';
import type { Priority } from './priority.ts';

/**
 * What an unknown outcome means for a call.
 *
 * `read` and `update` may be repeated; a `create` is never repeated before it was looked up (G-5).
 */
export type CallEffect = 'read' | 'update' | 'create';

/** One call (or one paged read) at the vendor for one learner. */
export type Call = {
  /** What is done: `read-aims`, `update-aim`, `create-visit`, `create-review` … */
  readonly name: string;
  readonly effect: CallEffect;
  /** What it is about, without personal data: `review:<id>`, `aim:<id>`. Held items and intents carry it. */
  readonly subject: string;
  /** By what a create is found again at the vendor; null when it cannot be looked up. */
  readonly naturalKey: string | null;
  /** Arguments for the vendor's client. May hold personal data: the ledger keeps only its hash. */
  readonly request: JsonObject;
  /** Kept with the open enrolment when it is done, for steps that no read shows afterwards. */
  readonly milestone?: string;
};

/** An officer or organisation that must exist at the vendor first. `reads`: what was looked up just now. */
export type NeededOwner = OwnerKey & { readonly reads: readonly string[] };

/** The next thing to do for one learner. */
export type NextStep =
  | { readonly kind: 'call'; readonly call: Call }
  /** Two records are the same and nobody has to be asked. */
  | { readonly kind: 'link'; readonly links: readonly NewLink[]; readonly unlinks?: readonly LinkKey[] }
  /** A person took an id away, or it led to another record: these links do not hold any more. */
  | { readonly kind: 'unlink'; readonly links: readonly Link[] }
  /** Work of other lanes that has to be done before (G-3): the learner waits for it. */
  | { readonly kind: 'need'; readonly owners: readonly NeededOwner[] }
  /** Everything the open enrolment asked for is there. */
  | { readonly kind: 'conclude' }
  /** A link that PICS does not show yet: tell the reconciler (again). */
  | { readonly kind: 'announce'; readonly links: readonly Link[] };

/** Why something is not done although it should be: a person must act. */
export type Hold = {
  readonly subject: string;
  /** Message code (rules, section 9). */
  readonly code: string;
  /** What fills the message's gaps. May hold personal data; never logged. */
  readonly params: Readonly<Record<string, string>>;
};

/**
 * One look at one learner: what could be done next, best first, and everything that waits for a person.
 *
 * The engine does the first step that is not blocked by a held item, and looks again. Steps of one record come in
 * their order; a record that is held does not keep the learner's other records waiting (G-7).
 */
export type Evaluation = {
  readonly candidates: readonly NextStep[];
  readonly holds: readonly Hold[];
  /** What happened without an effect, by code: `drift`, `orphan`. For the journal and counters. */
  readonly notes: readonly { readonly code: string; readonly subject: string }[];
};

/** What a call that was answered has brought. */
export type Done = {
  readonly kind: 'done';
  /** The created record, for creates. */
  readonly vendorId: string | null;
  /** Records seen: published to the vendor's topics, then kept as shadow. */
  readonly observed: readonly Observation[];
  /** What the vendor now holds by its own acknowledgement: kept as shadow without being published. */
  readonly shadow: readonly Shadow[];
  readonly links: readonly NewLink[];
  /** Findings about the centre that outlive the learner, such as a field the vendor does not keep. */
  readonly findings: readonly CentreFinding[];
};

/** A fact learnt about a centre: `field-support` with the wire name's key and whether the vendor keeps it (O12). */
export type CentreFinding = {
  readonly kind: 'field-support';
  readonly field: string;
  readonly isKept: boolean;
};

export type CallResult = Done | VendorFailure;

/** What a look-up after an unknown outcome says (G-5). */
export type Resolution =
  | { readonly kind: 'found'; readonly done: Done }
  | { readonly kind: 'absent' }
  | { readonly kind: 'several'; readonly count: number }
  /** Nobody can look this record up; `policy` says whether it is repeated or held (OF-82, A-24). */
  | { readonly kind: 'blind'; readonly policy: 'repeat' | 'hold' }
  | VendorFailure;

/** A held item as it should stand after the look. */
export type WantedHold = Hold & { readonly requestHash: string | null };

/** By what a created record is found again when it carries no key of ours. Personal: never logged or kept. */
export type About = {
  readonly firstName: string | null;
  /** Of an organisation its name. */
  readonly lastName: string | null;
  readonly email: string | null;
};

/** How a call is made: how urgently, and why. */
export type CallContext = {
  readonly priority: Priority;
  readonly cause: ObservationCause;
  readonly signal?: AbortSignal;
  readonly about?: About;
};
