import type { LaneKey, Ledger } from '../domain/ledger.ts';
import {
  emptyOutcome,
  type JournalEntry,
  type OutcomeRecord,
  type OutcomeRecorded,
  renameOutcome,
} from '../domain/ledger.ts';
import type { NewLink } from '../domain/link.ts';
import type { Evaluation, Hold, NextStep, Note, WantedHold } from '../domain/step.ts';
import { type Choice, toLinkKey } from './choose-step.ts';
import type { Desk } from './desk.ts';
import { advanceGlance, type Glance, type Memory } from './glance.ts';

/**
 * Records what came of a call, even though the learner's version has moved on meanwhile.
 *
 * What the vendor answered is true whatever others did, so it is recorded against the present version. If the key was
 * changed in PICS meanwhile, it follows its intent to the new one. `conflict` means that it no longer matters: another
 * look has already settled the intent.
 */
export async function recordFinal(
  { ports }: Pick<Desk, 'ports'>,
  glance: Glance,
  outcome: OutcomeRecord,
): Promise<OutcomeRecorded> {
  let present = outcome;
  for (;;) {
    const recorded = await ports.ledger.recordOutcome(present);
    const { intentId } = outcome;
    if (recorded.kind === 'recorded' || intentId === null) return recorded;
    const ident = await ports.ledger.findLane(intentId);
    if (ident === null) return recorded;
    if (ident !== present.ident) present = renameOutcome(present, ident);
    const nothing = { officers: [], organisations: [], learnerVendorIds: [] };
    const { version } = await ports.ledger.readLane({ ...glance.key, ident, ...nothing });
    present = { ...present, version };
  }
}

/**
 * Makes the held list and the notes of this learner say what the look has found, and keeps what it has found out about
 * the centre; writes nothing when all of it is known already (G-10).
 *
 * False when another process acted meanwhile: look again.
 */
export async function recordFindings(
  { ports }: Pick<Desk, 'ports'>,
  { key, lane }: Glance,
  { holds }: Choice,
  evaluation: Pick<Evaluation, 'notes' | 'findings'>,
): Promise<boolean> {
  const { held, notes: known = [] } = lane;
  const opened = holds.filter((wanted) => !held.some((item) => isSame(item, wanted)));
  const released = held
    .map(({ subject }) => subject)
    .filter((subject) => !holds.some((h) => h.subject === subject));
  const { notes } = evaluation;
  const noted = notes.filter((note) => !known.some((one) => isSameNote(one, note)));
  const ended = known.filter((note) => !notes.some((one) => isSameNote(one, note)));
  const findings = (evaluation.findings ?? []).filter(
    ({ field, isKept }) => lane.fieldSupport[field] !== isKept,
  );
  // The look came to its end, so what made earlier ones stumble is over.
  const stumbled = lane.failures.filter(({ step }) => step === 'look');
  const changes = [opened, released, noted, ended, findings, stumbled];
  if (changes.every(({ length }) => length === 0)) return true;
  const recorded = await ports.ledger.recordOutcome({
    ...emptyOutcome(key, lane.version),
    holds: opened,
    released,
    failures: stumbled.map((failure) => ({ ...failure, count: 0 })),
    notes: noted.length + ended.length > 0 ? notes : null,
    findings,
    journal: [
      ...opened.map(({ subject, code }) => toEntry('held', subject, code)),
      ...released.map((subject) => toEntry('released', subject, null)),
      ...noted.map(({ subject, code }) => toEntry('noted', subject, code)),
      ...ended.map(({ subject, code }) => toEntry('note-ended', subject, code)),
    ],
  });
  return recorded.kind === 'recorded';
}

function isSameNote(a: Note, b: Note): boolean {
  return a.code === b.code && a.subject === b.subject;
}

export function toEntry(kind: string, subject: string | null, code: string | null): JournalEntry {
  return { kind, subject, code, vendorId: null, tookMs: null };
}

function withoutRequest(hold: Hold): WantedHold {
  return { ...hold, requestHash: null };
}

function toLinkEntry(kind: string, { kind: what, picsId, vendorId, how }: NewLink): JournalEntry {
  return { kind, subject: `${what}:${picsId}`, code: how, vendorId, tookMs: null };
}

function isSame(item: WantedHold, wanted: WantedHold): boolean {
  return (
    item.subject === wanted.subject &&
    item.code === wanted.code &&
    item.requestHash === wanted.requestHash &&
    Object.keys({ ...item.params, ...wanted.params }).every(
      (name) => item.params[name] === wanted.params[name],
    )
  );
}

/** Stores links that no person has to decide. One that collides is remembered and held, never overwritten (G-2). */
export async function linkRecords(
  { ports }: Pick<Desk, 'ports'>,
  memory: Memory,
  glance: Glance,
  { links, unlinks = [], holds = [] }: Extract<NextStep, { kind: 'link' }>,
): Promise<Glance | null> {
  const outcome: OutcomeRecord = {
    ...emptyOutcome(glance.key, glance.lane.version),
    links,
    unlinks,
    holds: holds.map(withoutRequest),
    journal: [
      ...holds.map(({ subject, code }) => toEntry('held', subject, code)),
      ...unlinks.map((link) => toLinkEntry('unlinked', link)),
      ...links.map((link) => toLinkEntry('linked', link)),
    ],
  };
  const recorded = await ports.ledger.recordOutcome(outcome);
  if (recorded.kind === 'conflict') return null;
  for (const link of recorded.conflictingLinks)
    memory.refusedLinks.set(toLinkKey(link), { link, created: null });
  return advanceGlance(glance, outcome, recorded);
}

/** Takes links away that do not hold any more. Nothing is deleted at the vendor. */
export async function unlinkRecords(
  { ports }: Pick<Desk, 'ports'>,
  glance: Glance,
  { links, holds = [] }: Extract<NextStep, { kind: 'unlink' }>,
): Promise<null> {
  await ports.ledger.recordOutcome({
    ...emptyOutcome(glance.key, glance.lane.version),
    unlinks: links,
    holds: holds.map(withoutRequest),
    journal: [
      ...holds.map(({ subject, code }) => toEntry('held', subject, code)),
      ...links.map((link) => toLinkEntry('unlinked', link)),
    ],
  });
  return null;
}

/**
 * Brings what is stored for a key that PICS has no more to the key of this lane, as the event of a changed key does.
 * Both sides are read again afterwards. While a live process is sending something of either key it is waited for.
 */
export async function followRecord(
  { ports, signal }: Pick<Desk, 'ports' | 'signal'>,
  { key }: Glance,
  { from }: Extract<NextStep, { kind: 'follow' }>,
): Promise<null> {
  const { clock, links } = ports;
  const { ident, ...scope } = key;
  const facts = { committedAtMs: clock.nowMs(), isFromThere: false, isToThere: true };
  const { kind } = await links.rename(scope, { entity: 'learner', from, to: ident }, facts);
  if (kind === 'busy') await clock.sleep(whileBusyMs, signal);
  return null;
}

/** How long to wait for a call under way of the other key. */
const whileBusyMs = 250;

/** Ends the open enrolment: what it asked for is at the vendor. Both sides are read again afterwards. */
export async function concludeEnrolment(
  { ports }: Pick<Desk, 'ports'>,
  { key, lane }: Glance,
): Promise<null> {
  await ports.ledger.recordOutcome({
    ...emptyOutcome(key, lane.version),
    concludesEnrolment: true,
    journal: [toEntry('enrolled', `learner:${key.ident}`, 'done')],
  });
  return null;
}

/**
 * Opens a held item of a learner outside of a look at that learner.
 *
 * `ident` is empty where no learner is known. Repeated until no other process was acting on the learner at that moment.
 */
export async function recordHold(
  ledger: Ledger,
  key: LaneKey,
  { subject, code, params }: Pick<Hold, 'subject' | 'code' | 'params'>,
): Promise<void> {
  for (;;) {
    const { version } = await ledger.readLane({
      ...key,
      officers: [],
      organisations: [],
      learnerVendorIds: [],
    });
    const recorded = await ledger.recordOutcome({
      ...emptyOutcome(key, version),
      holds: [{ subject, code, params, requestHash: null }],
      journal: [{ kind: 'held', subject, code, vendorId: null, tookMs: null }],
    });
    if (recorded.kind === 'recorded') return;
  }
}
