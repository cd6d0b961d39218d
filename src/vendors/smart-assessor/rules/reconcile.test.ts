import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smartAssessorConfigured } from '../../../../test/memory/smart-assessor.ts';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { buildLinked } from '../../../../test/support/smart-assessor-world/linked.ts';
import { ids } from '../../../../test/support/smart-assessor-world/site.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Learner, Review } from '../../../domain/learner.ts';
import type { HeldItem, LaneState } from '../../../domain/ledger.ts';
import type { Link } from '../../../domain/link.ts';
import type { Observation, Shadow } from '../../../domain/observation.ts';
import type { RowDecision } from '../../../domain/rows.ts';
import { applyToState, neededAction } from '../../../reconciling/record.ts';
import { toReviewId } from '../../common/review-id.ts';
import { decideRow, type SyncSide } from './reconcile.ts';
import { followSessions } from './session-links.ts';
import { keepSession } from './session-review.ts';
import type { SmartAssessorSettings } from './settings.ts';

/** The settings of a section, as far as these decisions look at them. */
function settingsOf(wanted: object = {}): SmartAssessorSettings {
  const configured = smartAssessorConfigured({ reviewTypeMap: { 'Formal Review': 'F' }, ...wanted });
  if (configured.kind === 'faulty') throw new Error('settings');
  const shared = { nearRealTime: true, deletedReviews: 'recreate', externalIdVendor: 'smartassessor' };
  return { ...(configured.settings as object), ...shared } as unknown as SmartAssessorSettings;
}
const settings = settingsOf();

const learnerLink: Link = {
  vendor: 'smartassessor',
  centre: 'main',
  kind: 'learner',
  picsId: '10001',
  vendorId: ids.imogen,
  ident: '10001',
  how: 'typed',
  copiedAtMs: null,
};
const key = `${ids.session}/${ids.imogen}`;
const side: SyncSide = {
  links: [learnerLink],
  shadows: [],
  offers: [],
  officer: null,
  isShownElsewhere: false,
  owner: null,
  shown: null,
};

function buildObservation(entity: string, vendorId: string, record: JsonObject | null): Observation {
  return {
    vendor: 'smartassessor',
    centre: 'main',
    entity,
    vendorId,
    learnerVendorId: entity === 'assessor' || entity === 'course' ? null : ids.imogen,
    observedAtMs: 1,
    cause: 'poll',
    deleted: false,
    record,
  };
}

const open = {
  assessorId: ids.ada,
  type: 'formal-review',
  status: 'open',
  startsAt: '2026-02-02T10:00:00',
} as const;

const decideSession = (record: JsonObject, learner: Learner, more: Partial<SyncSide> = {}): RowDecision =>
  decideRow(buildObservation('session', key, record), learner, { ...side, ...more }, settings);

/** The learner after the rows that a decision still has to write; `count`: how many those are. */
function apply(learner: Learner, decision: RowDecision): { readonly after: Learner; readonly count: number } {
  const state = { learners: new Map([[learner.ident, learner]]), owners: new Map() };
  const actions = decision.kind === 'write' || decision.kind === 'hold' ? (decision.actions ?? []) : [];
  const needed = actions.flatMap((action) => neededAction(action, state, learner.ident) ?? []);
  for (const action of needed) applyToState(action, state, learner.ident);
  return { after: state.learners.get(learner.ident) ?? learner, count: needed.length };
}

test.each<[string, JsonObject | null, Observation['entity'], object, string]>([
  ['a learner without mode and risk', {}, 'learner', {}, 'SA-13'],
  ['an assessor without mode', {}, 'assessor', {}, 'SA-53'],
  ['an employer, in any mode', {}, 'employer', { learnerDetails: 'pull', officerDetails: 'pull' }, 'SA-54'],
  ['a course', {}, 'course', {}, 'SA-14'],
  ['a course of a learner with elementsFrom off', {}, 'learner-course', { elementsFrom: 'off' }, 'SA-32'],
  ['a session that is gone', null, 'session', {}, 'A-4'],
])('%s changes nothing in PICS', (_title, record, entity, wanted, code) => {
  const observation = buildObservation(entity, key, record);
  const decision = decideRow(observation, buildLinked(), side, settingsOf(wanted));
  expect(decision).toEqual({ kind: 'ignore', code });
});

test.each<[string, Partial<Learner>, readonly Link[]]>([
  ['an id that was typed and is not checked', {}, []],
  ['an id that a user has changed', { smartAssessorId: ids.ada }, [learnerLink]],
  ['an id that a user has cleared', { smartAssessorId: null }, [learnerLink]],
])('G-2: nothing is applied to %s', (_title, known, links) => {
  const decision = decideSession(open, buildLinked(known), { links });
  expect(decision).toEqual({ kind: 'ignore', code: 'NOT_LINKED' });
});

test('SA-18: an id in braces and capitals is the same id', () => {
  const learner = buildLinked({ smartAssessorId: `{${ids.imogen.toUpperCase()}}` });
  expect(decideSession(open, learner)).toMatchObject({ kind: 'write' });
});

test('SA-41: the id of the row follows from session and learner, so it is inserted once however often it is decided', () => {
  const first = decideSession(open, buildLinked());
  const id = toReviewId({ vendor: 'smartassessor', centre: 'main', ident: '10001' }, key);
  expect(first).toMatchObject({ actions: [{ kind: 'insert-review', id }] });
  const { after } = apply(buildLinked(), first);
  expect(decideSession(open, after)).toEqual({ kind: 'ignore', code: 'equal' });
});

const times = ['2026-02-02T10:00:00', '2026-02-05T11:30:20', null] as const;
const aSession = fc.record({
  assessorId: fc.constantFrom(ids.ada, null),
  type: fc.constantFrom('formal-review', 'gateway-ready', 'other:Chat', null),
  status: fc.constantFrom('open', 'attended', 'cancelled-by-learner', 'other:Adjourned', null),
  startsAt: fc.constantFrom(...times),
  unreadable: fc.constantFrom(null, ['startsAt'], ['durationMinutes']),
});
const isStartUnreadable = ({ unreadable }: { readonly unreadable: readonly string[] | null }): boolean =>
  unreadable?.includes('startsAt') === true;
const aRow: fc.Arbitrary<Review> = fc.record({
  id: fc.constant('r1'),
  type: fc.constantFrom('F', 'X', null),
  proposedAt: fc.constantFrom(...times),
  actualAt: fc.constantFrom('2026-02-02T10:00:00', null),
  attended: fc.constantFrom('Y' as const, 'N' as const, 'U' as const, null),
  officer: fc.constantFrom('ABR001', 'BCO001', null),
  learnerSignedOn: fc.constantFrom('2026-02-03', null),
  oneFileId: fc.constantFrom('77', null),
  smartAssessorId: fc.constantFrom(ids.session, `{${ids.session.toUpperCase()}}`),
});

test('SA-41, SA-42: whatever PICS has and Smart Assessor shows, decided again it writes nothing, and what others own is never touched', () => {
  fc.assert(
    fc.property(
      fc.option(aRow, { nil: null }),
      fc.array(aSession, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('ABR001', null),
      (row, shown, officer) => {
        let learner = buildLinked({ reviews: row === null ? [] : [row] });
        let kept: JsonObject | null = null;
        for (const record of shown) {
          const decision = decideSession(record, learner, { shown: kept, officer });
          const { after } = apply(learner, decision);
          const isFollowed =
            decision.kind === 'write' ||
            (decision.kind === 'hold' && (decision.actions ?? []).length > 0) ||
            (decision.kind === 'ignore' && decision.code === 'equal');
          const isRead = !isStartUnreadable(record);
          if (isFollowed) kept = keepSession(key, record, { shown: kept, settings });
          const again = apply(after, decideSession(record, after, { shown: kept, officer }));
          expect(again.count).toBe(0);
          const [one] = after.reviews;
          const before = learner.reviews[0];
          if (one !== undefined) {
            expect(one.oneFileId).toBe(before?.oneFileId ?? null);
            expect(one.learnerSignedOn).toBe(before?.learnerSignedOn ?? null);
            if (record.status === 'attended' && isRead) {
              expect(one.attended).toBe('Y');
              if (record.startsAt !== null)
                expect([one.proposedAt, one.actualAt]).toEqual([
                  record.startsAt,
                  `${record.startsAt.slice(0, 16)}:00`,
                ]);
            }
            if (record.status === 'cancelled-by-learner')
              expect([one.attended, one.actualAt]).toEqual(['N', null]);
            // D-17: an attendance is never made of a session whose time cannot be read.
            if (!isRead && before?.attended !== 'Y' && record.status === 'attended')
              expect(one.attended).not.toBe('Y');
          }
          learner = after;
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('G-10: each session ends as a review that shows it, with every difference noted, or held; and a look keeps what the reconciler holds', () => {
  fc.assert(
    fc.property(
      fc.option(aRow, { nil: null }),
      aSession,
      fc.constantFrom('ABR001', null),
      fc.boolean(),
      (row, record, officer, isElsewhere) => {
        const learner = buildLinked({ reviews: row === null ? [] : [row] });
        const decision = decideSession(record, learner, { officer, isShownElsewhere: isElsewhere });
        const { after } = apply(learner, decision);
        const held = decision.kind === 'hold' ? [toHeld(decision)] : [];
        const noted =
          decision.kind === 'ignore' && decision.noted !== undefined
            ? [{ code: decision.code, subject: decision.noted }]
            : [];
        const part = followSessions(
          {
            learner: after,
            lane: { ...emptyLane, links: [learnerLink], held, notes: noted, shadows: [toShadow(record)] },
            settings,
            demand: 'change',
            reads: new Set(),
          },
          { ident: '10001', learnerId: ids.imogen },
        );
        if (decision.kind === 'hold')
          expect(part.holds).toContainEqual({
            subject: decision.subject,
            code: decision.code,
            params: decision.params,
          });
        const [one] = after.reviews;
        const said = [...part.holds, ...part.notes].map(({ code }) => code);
        if (one === undefined) {
          expect(said).toHaveLength(1);
          return;
        }
        if (record.startsAt !== null && one.proposedAt !== record.startsAt) expect(said).toContain('drift');
        if (record.status !== 'attended' && record.status !== 'cancelled-by-learner' && one.attended !== 'U')
          expect(said).toContain('SA-42');
        if (record.type === 'formal-review' && one.type !== 'F') expect(said).toContain('A-31');
      },
    ),
    { numRuns: 2_000 },
  );
});

const emptyLane: LaneState = {
  version: 1,
  readAtMs: 0,
  openIntents: [],
  links: [],
  shadows: [],
  held: [],
  enrolment: null,
  lastFullSyncAtMs: null,
} as unknown as LaneState;

function toHeld({ subject, code, params }: Extract<RowDecision, { kind: 'hold' }>): HeldItem {
  return { subject, code, params, requestHash: null } as unknown as HeldItem;
}

function toShadow(record: JsonObject): Shadow {
  const { deleted: _deleted, cause: _cause, ...observed } = buildObservation('session', key, record);
  return { ...observed, record };
}

test('SA-42: an attendance that Smart Assessor takes back is taken back in PICS; one that a user entered is not', () => {
  const attended = buildReview({
    id: 'r1',
    type: 'F',
    proposedAt: open.startsAt,
    attended: 'Y',
    actualAt: open.startsAt,
    smartAssessorId: ids.session,
  });
  const learner = buildLinked({ reviews: [attended] });
  const shown = { ...open, status: 'attended' };
  expect(decideSession(open, learner, { shown })).toMatchObject({
    actions: [{ set: { attended: 'U', actualAt: null } }],
  });
  expect(decideSession(open, learner, { shown: { ...open } })).toEqual({ kind: 'ignore', code: 'equal' });
});

test('SA-9: words of the site are found in the mapping however they are written; a known type never by another', () => {
  const wanted = settingsOf({
    reviewTypeMap: { 'Site Visit': 'S', EPA: 'E' },
    attendanceMap: { 'No-show': 'N' },
  });
  const record = { ...open, type: 'other:site visit', status: 'other:NO SHOW' };
  const observed = buildObservation('session', key, record);
  expect(decideRow(observed, buildLinked(), side, wanted)).toMatchObject({
    kind: 'write',
    actions: [{ fields: { type: 'S', attended: 'N' } }],
  });
  const constructed = buildObservation('session', key, { ...open, type: 'other:constructor' });
  expect(decideRow(constructed, buildLinked(), side, wanted)).toMatchObject({ code: 'TYPE_NOT_MAPPED' });
});

test('SA-32: any figure leaves the counters whole, from 0 to the total, and decided again it writes nothing', () => {
  const percent = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: null });
  const count = fc.option(fc.integer({ min: -3, max: 40 }), { nil: null });
  fc.assert(
    fc.property(
      percent,
      count,
      count,
      fc.constantFrom('percent', 'units'),
      (assessedPc, unitsTotal, unitsComplete, elementsFrom) => {
        const wanted = settingsOf({ elementsFrom });
        const learner = buildLinked({
          qualifications: [
            buildQualification({ reference: '603/1122/3', elementsTotal: 9, elementsDone: 9 }),
          ],
        });
        const record = { qanCode: '60311223', assessedPc, unitsTotal, unitsComplete };
        const observed = buildObservation('learner-course', `${ids.imogen}/${ids.teamLeader}`, record);
        const { after } = apply(learner, decideRow(observed, learner, side, wanted));
        const { elementsTotal, elementsDone } = after.qualifications[0] ?? {};
        expect(Number.isInteger(elementsTotal) && Number.isInteger(elementsDone)).toBe(true);
        expect(elementsDone).toBeLessThanOrEqual(elementsTotal ?? 0);
        expect(elementsDone).toBeGreaterThanOrEqual(0);
        expect(apply(after, decideRow(observed, after, side, wanted)).count).toBe(0);
      },
    ),
  );
});
