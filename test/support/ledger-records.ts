import { randomUUID } from 'node:crypto';
import type { RenamingFacts } from '../../src/domain/change.ts';
import {
  emptyOutcome,
  type IntentRecord,
  type LaneKey,
  type OutcomeRecord,
} from '../../src/domain/ledger.ts';
import type { NewLink } from '../../src/domain/link.ts';
import type { Shadow } from '../../src/domain/observation.ts';
import type { Report } from '../../src/domain/rows.ts';

/** Records of one learner at one centre; a test names only what it is about. */
export const scope = { vendor: 'onefile', centre: 'c1' } as const;
export const learner: LaneKey = { ...scope, ident: '00017' };

export function anIntent(change: Partial<IntentRecord> = {}): IntentRecord {
  return {
    ...{ ...learner, version: 0, step: 'update-aim', effect: 'update', subject: 'aim:1', naturalKey: null },
    ...{ requestHash: 'hash', worker: 1, intentId: null },
    ...change,
  };
}

export function anOutcome(change: Partial<OutcomeRecord> = {}): OutcomeRecord {
  return { ...emptyOutcome(learner, 0), ...change };
}

export function aShadow(change: Partial<Shadow> = {}): Shadow {
  return {
    ...{ ...scope, entity: 'learning-aim', vendorId: 'a1', learnerVendorId: '900' },
    ...{ record: { Progress: 1 }, observedAtMs: 1_000 },
    ...change,
  };
}

export function aLink(change: Partial<NewLink> = {}): NewLink {
  return {
    ...{ ...scope, kind: 'learner', picsId: '00017', vendorId: '900', ident: '00017', how: 'looked-up' },
    ...change,
  };
}

/** A report of the reconciler; one of its own each time. */
export function aReport(change: Partial<Report>): Report {
  return { id: randomUUID(), holds: [], lines: [], notes: [], copied: [], alarms: [], ...change };
}

/** A changed key of PICS: the record is under the new one, and nothing under the old. */
export function aRenaming(change: Partial<RenamingFacts> = {}): RenamingFacts {
  return { committedAtMs: 1_000, isFromThere: false, isToThere: true, ...change };
}
