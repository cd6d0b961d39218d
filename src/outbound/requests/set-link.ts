import { emptyOutcome } from '../../core/empty-outcome.ts';
import type { LaneKey, LaneState, Ledger, OutcomeRecord } from '../../core/ledger.ts';
import type { Link, NewLink } from '../../core/link.ts';
import { type OwnerKind, toOwnerLane } from '../../core/owner.ts';
import type { VendorName } from '../../core/vendor-name.ts';
import { toEntry } from '../record-holds.ts';
import type { Settled, Work } from '../work.ts';

/** Whose link a person sets: a learner by its ident, an officer or organisation by its code. */
export type LinkSubject = { readonly kind: 'learner' | OwnerKind; readonly code: string };

export type SetLinkEffects = {
  readonly vendor: VendorName;
  readonly centre: string;
  readonly ledger: Pick<Ledger, 'readLane' | 'recordOutcome'>;
  /** What PICS shows in its column of vendor ids; null also where that column is not this vendor's (D-2). */
  readonly readShown: (subject: LinkSubject) => Promise<string | null>;
  /** Whether PICS has a column for the id that this vendor fills. */
  readonly isShown: (subject: LinkSubject) => boolean;
  /** Resolves when the brokers have it. */
  readonly publishLink: (link: Link, isRemoved: boolean) => Promise<void>;
  readonly submit: (work: Work) => Promise<Settled>;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
};

export type LinkSet =
  | { readonly kind: 'set'; readonly previousId: string | null }
  /** Somebody else in PICS has the id (G-2). */
  | { readonly kind: 'taken'; readonly by: string };

const lookAgainMs = 200;

/**
 * Makes a link that a person chose, or with a null id takes it away. Nothing is sent to the vendor.
 *
 * PICS's column wins over the link table (D-2), so an old id in it is emptied first: else a look in between would
 * follow it back. The link itself is a compare-and-set on the lane, as everything a look does there: whoever is at work
 * on the record sees the other, and a create that is under way is waited for. Done again after a crash anywhere, it
 * comes to the same end.
 */
export async function setLink(
  effects: SetLinkEffects,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  await emptyColumn(effects, subject, vendorId);
  const set = await recordLink(effects, subject, vendorId);
  if (set.kind === 'set' && vendorId !== null && effects.isShown(subject))
    await effects.publishLink(toLink(effects, subject, vendorId), false);
  return set;
}

/** The lane that a record's work is done in. */
export function toLane({ kind, code }: LinkSubject): string {
  return kind === 'learner' ? code : toOwnerLane({ kind, code });
}

/** The reconciler writes the column. A user who types another id meanwhile wins, and is followed afterwards. */
async function emptyColumn(
  effects: SetLinkEffects,
  subject: LinkSubject,
  wanted: string | null,
): Promise<void> {
  const shown = await effects.readShown(subject);
  if (shown === null || shown === wanted) return;
  await effects.publishLink(toLink(effects, subject, shown), true);
  while ((await effects.readShown(subject)) === shown) {
    effects.signal.throwIfAborted();
    await effects.sleep(lookAgainMs, effects.signal);
  }
}

async function recordLink(
  effects: SetLinkEffects,
  subject: LinkSubject,
  vendorId: string | null,
): Promise<LinkSet> {
  const key = toKey(effects, subject);
  for (;;) {
    effects.signal.throwIfAborted();
    const lane = await readLane(effects, subject, key);
    if (lane.openIntents.length > 0) {
      await effects.submit({ ident: key.ident, ...asCommand });
      await effects.sleep(lookAgainMs, effects.signal);
      continue;
    }
    const current = lane.links.find((link) => link.kind === subject.kind && link.picsId === subject.code);
    if ((current?.vendorId ?? null) === vendorId) return { kind: 'set', previousId: vendorId };
    const recorded = await effects.ledger.recordOutcome(
      toOutcome(effects, { subject, key, lane, current, vendorId }),
    );
    if (recorded.kind === 'conflict') continue;
    const [refused] = recorded.conflictingLinks;
    if (refused === undefined) return { kind: 'set', previousId: current?.vendorId ?? null };
    // Taken by nobody: a learner's look has linked this very record meanwhile, without its lane.
    if (refused.takenBy !== null) return { kind: 'taken', by: refused.takenBy };
  }
}

const asCommand = {
  ...{ demand: 'change', priority: 'command', txIds: [], committedAtMs: null },
} as const satisfies Omit<Work, 'ident'>;

function readLane({ ledger }: SetLinkEffects, { kind, code }: LinkSubject, key: LaneKey): Promise<LaneState> {
  const officers = kind === 'officer' ? [code] : [];
  const organisations = kind === 'organisation' ? [code] : [];
  return ledger.readLane({ ...key, officers, organisations, learnerVendorIds: [] });
}

type Setting = {
  readonly subject: LinkSubject;
  readonly key: LaneKey;
  readonly lane: LaneState;
  readonly current: Link | undefined;
  readonly vendorId: string | null;
};

/** What belonged to the record that was linked before does not hold any more. */
function toOutcome(
  effects: SetLinkEffects,
  { subject, key, lane, current, vendorId }: Setting,
): OutcomeRecord {
  const about = `${subject.kind}:${subject.code}`;
  const dependents =
    subject.kind === 'learner'
      ? lane.links.filter(({ kind, ident }) => ident === subject.code && kind !== 'learner')
      : [];
  const { copiedAtMs: _never, ...link } = toLink(effects, subject, vendorId ?? '');
  const wanted: NewLink = current === undefined ? link : { ...link, replaces: current.vendorId };
  const isRemoved = vendorId === null;
  return {
    ...emptyOutcome(key, lane.version),
    links: isRemoved ? [] : [wanted],
    unlinks: current === undefined ? [] : isRemoved ? [current, ...dependents] : dependents,
    // A person has decided: what waited for this decision is over.
    released: lane.held.filter((item) => item.subject === about).map((item) => item.subject),
    journal: [{ ...toEntry(isRemoved ? 'unlinked' : 'linked', about, 'looked-up'), vendorId }],
  };
}

function toKey({ vendor, centre }: SetLinkEffects, subject: LinkSubject): LaneKey {
  return { vendor, centre, ident: toLane(subject) };
}

function toLink({ vendor, centre }: SetLinkEffects, { kind, code }: LinkSubject, vendorId: string): Link {
  return {
    ...{ vendor, centre, kind, picsId: code, vendorId },
    ...{ ident: kind === 'learner' ? code : null, how: 'looked-up', copiedAtMs: null },
  };
}
