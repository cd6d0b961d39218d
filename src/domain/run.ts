import { digestOf } from './digest.ts';
import type { VendorName } from './vendor-name.ts';

/*
 * A run: work over many learners that a person plans, reads, approves, and can stop. It is planned, approved, running or
 * paused, and ends done, stopped or failed. It survives the restart of everything: what it has planned and done stands in
 * the sync database, one item a learner, in codes and counts without personal data.
 */

/**
 * `synchronise`: the daily exchange. `initial`: the first one, of all learners (OF-9). `replay`: every learner that the
 * change topics speak of is looked at once. `reapply`: what the vendor showed goes to the reconciler again. `audit`:
 * compares both sides and writes nothing.
 */
export const runKinds = ['synchronise', 'initial', 'replay', 'reapply', 'audit'] as const;
export type RunKind = (typeof runKinds)[number];

/**
 * `asked`: nothing is known of it yet. `planned`: it waits for a person. `approved`: it waits for its turn, since one run of
 * a vendor is in work at a time.
 */
export type RunState =
  | 'asked'
  | 'planned'
  | 'approved'
  | 'running'
  | 'paused'
  | 'done'
  | 'stopped'
  | 'failed';

export const endedStates: readonly RunState[] = ['done', 'stopped', 'failed'];

/** Where a reading of topics begins. Offsets name the topic of a captured table by the table: `trqual`. */
export type RunStart =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'time'; readonly atMs: number }
  | {
      readonly kind: 'offsets';
      readonly offsets: readonly {
        readonly topic: string;
        readonly partition: number;
        readonly offset: string;
      }[];
    };

/** Which learners a run is for: all conditions that are set must hold. Codes and letters as PICS has them. */
export type RunFilter = {
  readonly idents?: readonly string[];
  readonly status?: string;
  readonly officer?: string;
  readonly organisation?: string;
  readonly site?: string;
};

/** What a run is asked for. */
export type RunOrder = {
  readonly kind: RunKind;
  readonly filter: RunFilter;
  readonly start: RunStart;
  /** Captured tables or vendor topics to read; empty = all of the vendor. */
  readonly topics: readonly string[];
  /** Whether the plan reads what the vendor shows now, or stands on what it showed last. */
  readonly readsVendor: boolean;
};

/** What would happen, or has happened, to one record. */
export type RunLine = {
  /**
   * `create`, `update`: at the vendor. `pull`: a row of PICS is changed. `insert`: one is added. `link`, `unlink`: between two
   * records. `held`: a person must act. `noted`: the sides differ, and the rule `code` says so.
   */
  readonly does: 'create' | 'update' | 'pull' | 'insert' | 'link' | 'unlink' | 'held' | 'noted';
  /** `review:501`, `aim:500/1234/1`, `officer:AB`: no personal data. */
  readonly subject: string;
  /** Names of the fields that change, sorted; empty where the whole record is meant. */
  readonly fields: readonly string[];
  /** Of these fields, those that are blank where they would be written, as far as that is known. */
  readonly blank: readonly string[];
  /** Name of the call, code of what is held, number of the rule. */
  readonly code: string | null;
};

/** What the ledger and the journal know of a line afterwards. */
type HappenedLine = Pick<RunLine, 'does' | 'subject' | 'code'>;

/** Whether a line changes anything; the others only say what is left as it is. */
export function isWork({ does }: Pick<RunLine, 'does'>): boolean {
  return does !== 'held' && does !== 'noted';
}

/** What is foreseen for one learner, officer or organisation. */
export type Foreseen = {
  readonly lines: readonly RunLine[];
  /** Calls that it takes, reads included. */
  readonly calls: number;
  /** Reads that would be made first; what follows from them may differ. */
  readonly reads: number;
  readonly isLinked: boolean;
};

export type RunItemState = 'planned' | 'done' | 'failed';

/** One learner, officer or organisation of a run. */
export type RunItem = {
  /** A learner's ident, or the lane of an officer or organisation. */
  readonly ident: string;
  readonly state: RunItemState;
  readonly planned: Foreseen;
  /** Why it failed, or what was held that the plan does not name; null: neither. */
  readonly code: string | null;
  readonly calls: number;
  /** What was sent, linked, taken over and held while the run was in work; null until it has ended. */
  readonly happened: readonly HappenedLine[] | null;
};

/** A table whose records did not stand in the topics, and why it was completed. */
export type CompletedTable = {
  readonly table: string;
  readonly reason: 'beginning-deleted' | 'rows-missing' | 'snapshot-interrupted';
  readonly learners: number;
};

/** How many lines of each kind, over all items. */
export type RunCounts = Readonly<Partial<Record<RunLine['does'], number>>>;

/** What a plan comes to. */
export type RunPlan = {
  /** Who approves it approves what has this digest. */
  readonly digest: string;
  readonly plannedAtMs: number;
  readonly learners: number;
  /** Of these, so many with nothing left to do. */
  readonly equal: number;
  /** Of these, so many without a link. */
  readonly unlinked: number;
  readonly counts: RunCounts;
  /** D-14: officers and organisations that would be created, by code. */
  readonly owners: readonly string[];
  readonly reads: number;
  /** Of the calls, at the share of the budget that runs have. */
  readonly forecast: { readonly calls: number; readonly minutes: number; readonly callsPerLearner: number };
  readonly completed: readonly CompletedTable[];
  /** Idents that were asked for and that PICS does not have. */
  readonly strangers: readonly string[];
};

/** How far a run is, and what has come of it. */
type RunProgress = {
  readonly items: number;
  readonly done: number;
  readonly failed: number;
  readonly calls: number;
};

export type Run = {
  readonly id: number;
  readonly vendor: VendorName;
  readonly centre: string;
  readonly order: RunOrder;
  readonly state: RunState;
  readonly askedBy: string;
  readonly approvedBy: string | null;
  readonly askedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly plan: RunPlan | null;
  readonly progress: RunProgress;
  /** Why it is where it is, by code: `PLAN_STALE`, `MANY_FAILED`; null: nothing to say. */
  readonly code: string | null;
  /** Params of the sentence. */
  readonly params: Readonly<Record<string, string>>;
};

/** What a run is asked for with. `request`: the command; the same one again asks for no second run. */
export type RunAsked = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly request: string;
  readonly order: RunOrder;
  readonly by: string;
  /** It needs no plan that a person reads. */
  readonly isApproved?: boolean;
};

/** What changes with a state; what is left out stays. */
export type RunChange = {
  readonly approvedBy?: string;
  readonly plan?: RunPlan | null;
  readonly code?: string | null;
  readonly params?: Readonly<Record<string, string>>;
};

/** Which items of a run: those that differ have other lines than planned, or failed. */
export type RunItemFilter = { readonly state?: RunItemState; readonly onlyWithLines?: boolean };

/** Steps that a person or the process that works on it may take, by the state that they need. */
const steps = {
  approve: ['planned'],
  pause: ['asked', 'approved', 'running'],
  resume: ['paused'],
  stop: ['asked', 'planned', 'approved', 'running', 'paused'],
} as const satisfies Readonly<Record<string, readonly RunState[]>>;
export type RunStep = keyof typeof steps;

export function allows(step: RunStep, state: RunState): boolean {
  return (steps[step] as readonly RunState[]).includes(state);
}

/** What the digest of a plan covers: what each learner's items are. Counts of calls change from hour to hour. */
export function digestOfPlan(items: readonly Pick<RunItem, 'ident' | 'planned'>[]): string {
  const content = items
    .filter(({ planned }) => planned.lines.length > 0)
    .map(({ ident, planned: { lines } }) => [
      ident,
      lines.map(({ does, subject }) => `${does} ${subject}`).sort(),
    ]);
  return digestOf(content).slice(0, 16);
}

export function countLines(items: readonly { readonly lines: readonly RunLine[] }[]): RunCounts {
  const counts: Partial<Record<RunLine['does'], number>> = {};
  for (const { lines } of items) for (const { does } of lines) counts[does] = (counts[does] ?? 0) + 1;
  return counts;
}

/** A run over all learners is a full pass of the poller; one of some learners looks at each of them. */
export function isPass({ kind, filter }: RunOrder): boolean {
  if (kind === 'initial') return true;
  return kind === 'synchronise' && Object.keys(filter).length === 0;
}

/** What of an item did not come as planned. */
type RunDifference = {
  /** Planned, and not done. */
  readonly missing: readonly HappenedLine[];
  /** Done, and not planned. */
  readonly more: readonly HappenedLine[];
};

/** Compares what was planned with what has happened, record by record. Empty lists: it came as planned. */
export function compareItem({ planned, happened }: Pick<RunItem, 'planned' | 'happened'>): RunDifference {
  const wanted = planned.lines.filter(({ does }) => does !== 'noted' && does !== 'unlink');
  const seen = happened ?? [];
  const [wantedKeys, seenKeys] = [new Set(wanted.map(lineKey)), new Set(seen.map(lineKey))];
  return {
    missing: wanted.filter((line) => !seenKeys.has(lineKey(line))),
    more: seen.filter((line) => !wantedKeys.has(lineKey(line))),
  };
}

/** A line of an item with what became of it. `planned`: the run has not come to it yet. */
type LineEnd = Pick<RunLine, 'does' | 'subject' | 'fields' | 'code'> & {
  readonly end: 'planned' | 'as planned' | 'not done' | 'not planned' | 'failed';
};

/** Planned lines with what became of them, then what has happened beside them. */
export function endsOf(item: Pick<RunItem, 'planned' | 'happened' | 'state'>): readonly LineEnd[] {
  const { planned, happened, state } = item;
  const { missing, more } = compareItem(item);
  const open = state === 'failed' ? 'failed' : 'planned';
  const lines = planned.lines.map(({ does, subject, fields, code }): LineEnd => {
    const isMissing = missing.some((line) => line.does === does && line.subject === subject);
    return {
      does,
      subject,
      fields,
      code,
      end: happened === null ? open : isMissing ? 'not done' : 'as planned',
    };
  });
  return [...lines, ...more.map((line): LineEnd => ({ ...line, fields: [], end: 'not planned' }))];
}

/** What came to PICS is one kind of line in the journal, whether a row was changed or added. */
function lineKey({ does, subject }: HappenedLine): string {
  return `${does === 'insert' ? 'pull' : does} ${subject}`;
}

/** What the sync database does for runs. */
export type RunStore = {
  /** Asked for by the same command again, it is the same run. */
  ask(asked: RunAsked): Promise<Run>;
  read(id: number): Promise<Run | null>;
  /** As `read` has it, without counting the items: it is asked for between portions of work. */
  readState(id: number): Promise<RunState | null>;
  /** Newest first, of one vendor or of all. */
  list(vendor: VendorName | null, limit: number): Promise<readonly Run[]>;
  /** The run in work, else the one that waits longest for it; null = none does. Planned and paused ones wait for a person. */
  readNext(vendor: VendorName): Promise<Run | null>;
  /** Null: it is in none of the states that it may come from. `code` and `params` of the change stand from then on. */
  move(
    id: number,
    way: { readonly from: readonly RunState[]; readonly to: RunState },
    change: RunChange,
  ): Promise<Run | null>;
  /** Forgets what was planned. */
  clearItems(id: number): Promise<void>;
  addItems(id: number, items: readonly Pick<RunItem, 'ident' | 'planned'>[]): Promise<void>;
  /** Officers and organisations first, then learners, each in the order of their idents. */
  listItems(
    id: number,
    filter: RunItemFilter,
    page: { readonly afterIdent: string | null; readonly limit: number },
  ): Promise<readonly RunItem[]>;
  endItem(id: number, end: Pick<RunItem, 'ident' | 'state' | 'code' | 'calls'>): Promise<void>;
  /** What is still planned counts as done: the run has come past all of them, and for these there was nothing to do. */
  endItems(id: number): Promise<void>;
  addCalls(id: number, calls: number): Promise<void>;
  /** Writes into each item what has happened to its record since the run began, by the run or beside it. */
  recordHappened(id: number): Promise<void>;
};
