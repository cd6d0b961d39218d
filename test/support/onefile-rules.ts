import { expect } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Learner } from '../../src/domain/learner.ts';
import type { LaneState } from '../../src/domain/ledger.ts';
import type { Link, LinkKind } from '../../src/domain/link.ts';
import type { Observation, Shadow } from '../../src/domain/observation.ts';
import type { RowDecision } from '../../src/domain/rows.ts';
import type { Evaluation } from '../../src/domain/step.ts';
import type { Claims } from '../../src/vendors/common/learner-link.ts';
import { decideRow, type SyncSide } from '../../src/vendors/onefile/rules/reconcile.ts';
import type {
  OneFileCentre,
  OneFileLearnerView,
  OneFileSettings,
} from '../../src/vendors/onefile/rules/settings.ts';
import { buildLearner } from './learner.ts';

export const nowMs = Date.UTC(2026, 0, 15, 9);

/** The settings as they are when nothing is set. */
export const defaultSettings: OneFileSettings = {
  centreId: '301',
  uploadReviews: true,
  downloadReviews: true,
  uploadReviewTypes: null,
  reviewSettleSeconds: 0,
  rescheduleFromOneFile: true,
  visitType: 'notSpecified',
  downloadedReviewType: null,
  unknownVisit: 'repeat',
  unitsPolicy: 'skip',
  unitsScope: 'elements',
  learnerDetails: 'ignore',
  officerDetails: 'ignore',
  organisationDetails: 'ignore',
  pushMainOfficer: false,
  pushPlacement: false,
  nearRealTime: true,
  deletedReviews: 'recreate',
  externalIdVendor: 'onefile',
  learnerDetailFields: [
    'names',
    'birthDate',
    'email',
    'phones',
    'niNumber',
    'uln',
    'sex',
    'ethnicity',
    'disability',
  ],
  officerDetailFields: ['names', 'email', 'phones'],
  organisationDetailFields: ['name', 'address', 'postcode', 'phone', 'email', 'website'],
  additionalAssessors: [],
  classroomFromMainTag: false,
  officerCreateEmail: true,
  sendMisValue: true,
  matchBy: 'id',
  corrections: 'untilFullSync',
  names: {},
};

/** A learner of PICS that is linked to learner 400061 of OneFile. */
export function buildLinked(known: Partial<Learner> = {}): Learner {
  return buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    oneFileId: '400061',
    ...known,
  });
}

export function buildLink(kind: LinkKind, picsId: string, vendorId: string, known: Partial<Link> = {}): Link {
  return {
    vendor: 'onefile',
    centre: '301',
    kind,
    picsId,
    vendorId,
    ident: kind === 'officer' ? null : '10001',
    how: 'created',
    copiedAtMs: nowMs - 3_600_000,
    ...known,
  };
}

export const learnerLink: Link = buildLink('learner', '10001', '400061', { how: 'typed' });

export function buildShadow(entity: string, vendorId: string, record: JsonObject): Shadow {
  return {
    vendor: 'onefile',
    centre: '301',
    entity,
    vendorId,
    learnerVendorId: '400061',
    record: { id: vendorId, ...record },
    observedAtMs: nowMs,
  };
}

export function buildObservation(entity: string, vendorId: string, record: JsonObject | null): Observation {
  return {
    vendor: 'onefile',
    centre: '301',
    entity,
    vendorId,
    learnerVendorId: '400061',
    observedAtMs: nowMs,
    cause: 'poll',
    deleted: record === null,
    record: record === null ? null : { id: vendorId, ...record },
  };
}

export function buildLane(known: Partial<LaneState> = {}): LaneState {
  return {
    version: 0,
    openIntents: [],
    links: [learnerLink],
    shadows: [],
    held: [],
    fieldSupport: {},
    enrolment: null,
    failures: [],
    readAtMs: nowMs,
    ...known,
  };
}

type Known = Partial<Omit<OneFileLearnerView, 'lane' | 'settings' | 'reads' | 'needed' | 'centre'>> & {
  readonly lane?: Partial<LaneState>;
  readonly settings?: Partial<OneFileSettings>;
  readonly reads?: readonly string[];
  /** Owners asked for in this look, by lane, with the code that is held there (null = nothing). */
  readonly needed?: Readonly<Record<string, string | null>>;
  readonly centre?: Partial<OneFileCentre>;
  readonly claims?: Claims;
};

export function buildView(known: Known = {}): OneFileLearnerView {
  return {
    learner: buildLinked(),
    demand: 'change',
    nowMs,
    ...known,
    lane: buildLane(known.lane),
    settings: { ...defaultSettings, ...known.settings },
    centre: { assessors: null, normalReviewTypes: ['N'], ...known.centre },
    reads: new Set(known.reads),
    needed: new Map(
      Object.entries(known.needed ?? {}).map(([lane, code]) => [
        lane,
        code === null ? [] : [{ subject: lane, code, params: {} }],
      ]),
    ),
  };
}

/** The steps of a look as one line each. */
export function toLines({ candidates }: Evaluation): string[] {
  return candidates.map((step) => {
    switch (step.kind) {
      case 'call':
        return `${step.call.name} ${step.call.subject}`;
      case 'need':
        return `need ${step.owners.map(({ kind, code }) => `${kind} ${code}`).join(', ')}`;
      case 'conclude':
        return 'conclude';
      case 'follow':
        return `follow ${step.from}`;
      default:
        return `${step.kind} ${step.links.map(({ kind, picsId, vendorId }) => `${kind} ${picsId}=${vendorId}`).join(', ')}`;
    }
  });
}

export function buildSyncSide(known: Partial<SyncSide> = {}): SyncSide {
  return {
    links: [learnerLink],
    shadows: [],
    lastFullSyncAtMs: null,
    openSubjects: [],
    officerOfAssessor: null,
    hasOpenUpload: false,
    isCautious: false,
    isShownElsewhere: false,
    normalReviewTypes: ['N'],
    ...known,
  };
}

/** PICS after the decision was written: to see that deciding again writes nothing. */
export function applyDecision(learner: Learner, decision: RowDecision): Learner {
  const actions = decision.kind === 'write' || decision.kind === 'hold' ? (decision.actions ?? []) : [];
  let after = learner;
  for (const action of actions) {
    switch (action.kind) {
      case 'update-qualification':
        after = {
          ...after,
          qualifications: after.qualifications.map((one) =>
            one.reference === action.reference && one.seq === action.seq ? { ...one, ...action.set } : one,
          ),
        };
        break;
      case 'insert-review':
        after = { ...after, reviews: [...after.reviews, { id: action.id, ...action.fields }] };
        break;
      case 'update-review':
        after = {
          ...after,
          reviews: after.reviews.map((one) => (one.id === action.id ? { ...one, ...action.set } : one)),
        };
        break;
      case 'set-learner-id':
        after = {
          ...after,
          oneFileId: action.vendorId,
          activePortfolio: after.activePortfolio ?? action.activePortfolio,
        };
        break;
      case 'update-learner':
        after = { ...after, ...action.set };
        break;
      default:
        break;
    }
  }
  return after;
}

/** Decides, applies, and decides again: the second time must be silent, for the reason `again` (`equal`). */
export function decideTwice(
  [entity, id, record]: [string, string, JsonObject],
  learner: Learner,
  known: { side?: Partial<SyncSide>; settings?: Partial<OneFileSettings>; again?: string } = {},
) {
  const observation = buildObservation(entity, id, record);
  const side = buildSyncSide(known.side);
  const settings = { ...defaultSettings, ...known.settings };
  const decision = decideRow(observation, learner, side, settings);
  const after = applyDecision(learner, decision);
  if (decision.kind === 'write') {
    const again = { kind: 'ignore', code: known.again ?? 'equal' };
    expect(decideRow(observation, after, side, settings)).toEqual(again);
  }
  return { decision, after };
}
