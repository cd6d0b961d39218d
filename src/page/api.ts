import { z } from 'zod';

/*
 * What the page asks the ops role, and what it is answered: the schemas that check each request, and the types of the
 * answers. The browser's part imports this file alone, as types. Times are milliseconds since 1970 by the server's clock.
 */

const name = z.string().min(1).max(64);
const password = z.string().min(1).max(200);
const vendor = z.string().regex(/^[a-z]{1,32}$/);
const heldId = z.string().regex(/^\d{1,18}$/);
const code = z.string().regex(/^[A-Z0-9_-]{1,64}$/);
const runId = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const signInRequest = z.strictObject({ name, password });
export const passwordRequest = z.strictObject({ current: password, next: password });

/** Commands that the page gives, with the inputs that `src/requests` reads. */
export const commandRequest = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('retry'),
    vendor,
    payload: z.union([z.strictObject({ held: z.array(heldId).min(1).max(1_000) }), z.strictObject({ code })]),
  }),
  z.strictObject({
    kind: z.literal('skip'),
    vendor,
    payload: z.strictObject({ held: heldId, reason: z.string().trim().min(1).max(500) }),
  }),
  z.strictObject({
    kind: z.literal('run-plan'),
    vendor,
    payload: z.strictObject({
      kind: z.enum(['synchronise', 'initial', 'replay', 'reapply', 'audit']),
      filter: z.strictObject({
        idents: z.array(z.string().trim().min(1).max(8)).min(1).max(10_000).optional(),
        status: z.string().trim().min(1).max(8).optional(),
        officer: z.string().trim().min(1).max(20).optional(),
        organisation: z.string().trim().min(1).max(20).optional(),
      }),
    }),
  }),
  z.strictObject({
    kind: z.literal('run-approve'),
    vendor,
    payload: z.strictObject({ run: runId, digest: z.string().regex(/^[0-9a-f]{1,64}$/) }),
  }),
  z.strictObject({
    kind: z.enum(['run-pause', 'run-resume', 'run-stop']),
    vendor,
    payload: z.strictObject({ run: runId }),
  }),
]);

export const heldPath = z.strictObject({ vendor, code });
export const heldQuery = z.strictObject({ after: heldId.optional() });
export const runPath = z.strictObject({ id: z.coerce.number().pipe(runId) });
export const itemsQuery = z.strictObject({ after: z.string().max(80).optional() });
export const commandPath = z.strictObject({ id: z.uuid() });

export type CommandRequest = z.infer<typeof commandRequest>;

/** An answer that refuses: `code` for programs, `sentence` for people. */
export type Refusal = { readonly code: string; readonly sentence: string };

/** What is known before a person has signed in. */
export type Start = {
  readonly user: Me | null;
  /** False: a user has to be added on the command line first. */
  readonly hasUsers: boolean;
};

/** Who is signed in, and what this installation is. */
export type Me = {
  readonly name: string;
  readonly role: 'viewer' | 'operator' | 'admin';
  readonly seesNames: boolean;
  readonly mustChange: boolean;
  /** To be sent in the header `x-picsync-token` with everything that changes something. */
  readonly token: string;
  readonly vendors: readonly { readonly name: string; readonly title: string }[];
};

/** A part of the way of the data, as the report of lag has it. */
export type Part = {
  readonly what: string;
  readonly measure: 'capture' | 'queue' | 'freshness' | 'canary' | 'held' | 'condition';
  readonly count: number | null;
  readonly unit: string;
  readonly ageMs: number | null;
  readonly status: string;
  readonly isWell: boolean;
  readonly sinceMs: number | null;
  readonly advice: string;
};

export type VendorStanding = {
  readonly name: string;
  readonly title: string;
  readonly isEnabled: boolean;
  /** Why it is not at work, as a sentence; null: it is. */
  readonly rests: string | null;
  readonly learners: number | null;
  readonly held: number;
  readonly lastSynchronisedAtMs: number | null;
  /** How long the last full synchronisation took; null: not known. */
  readonly tookMs: number | null;
  readonly synchronisingSinceMs: number | null;
  readonly warnings: readonly { readonly id: string; readonly text: string }[];
};

export type Home = {
  /** When lag was measured last; null: not yet, since the start. */
  readonly measuredAtMs: number | null;
  readonly isHealthy: boolean;
  readonly vendors: readonly VendorStanding[];
  readonly parts: readonly Part[];
};

/** Held items of one reason. */
export type HeldGroup = {
  readonly vendor: string;
  readonly vendorTitle: string;
  readonly code: string;
  /** The reason without the values of one record. */
  readonly sentence: string;
  readonly count: number;
  readonly oldestSinceMs: number;
};

type HeldRecord = {
  readonly id: string;
  readonly ident: string;
  readonly subject: string;
  /** With names only for those who may see them; else with gaps. */
  readonly sentence: string;
  readonly tries: number;
  readonly sinceMs: number;
};

export type HeldRecords = {
  readonly records: readonly HeldRecord[];
  /** For the next page; null: there is none. */
  readonly next: string | null;
};

export type RunSummary = {
  readonly id: number;
  readonly vendor: string;
  readonly vendorTitle: string;
  readonly kind: string;
  readonly state: string;
  readonly askedBy: string;
  readonly approvedBy: string | null;
  readonly askedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly items: number;
  readonly done: number;
  readonly failed: number;
  readonly calls: number;
  /** Why it is where it is; null: nothing to say. */
  readonly sentence: string | null;
  /** What may be asked of it now: `approve`, `pause`, `resume`, `stop`. */
  readonly steps: readonly string[];
};

type RunPlanView = {
  readonly digest: string;
  readonly plannedAtMs: number;
  readonly learners: number;
  readonly equal: number;
  readonly unlinked: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly owners: readonly string[];
  readonly calls: number;
  readonly minutes: number;
  readonly strangers: readonly string[];
};

export type RunView = RunSummary & { readonly plan: RunPlanView | null };

/** One learner, officer or organisation of a run, with each line of its plan and what became of it. */
export type RunItemView = {
  readonly ident: string;
  readonly state: string;
  /** Why it failed; null: it did not. */
  readonly sentence: string | null;
  readonly lines: readonly {
    readonly does: string;
    readonly subject: string;
    readonly fields: readonly string[];
    readonly code: string | null;
    readonly end: 'planned' | 'as planned' | 'not done' | 'not planned' | 'failed';
  }[];
};

export type RunItems = { readonly items: readonly RunItemView[]; readonly next: string | null };

/** A command that was given, and what has become of it. */
export type CommandState = {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly isEnded: boolean;
  /** What it has come to, for people; null while there is nothing to say. */
  readonly sentence: string | null;
  /** The run that it planned; null: none. */
  readonly run: number | null;
};

/** What the live stream sends: an event of this name with this content as JSON. */
export type Live = {
  readonly home: Home;
  readonly waiting: readonly HeldGroup[];
  readonly runs: readonly RunSummary[];
  /** Nothing has changed; sent so that a broken line is noticed. */
  readonly alive: { readonly atMs: number };
  /** What is shown cannot be read at present. */
  readonly away: { readonly sinceMs: number };
  /** The session has ended: sign in again. */
  readonly ended: Readonly<Record<string, never>>;
};
