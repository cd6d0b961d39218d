import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildLink,
  buildLinked,
  buildShadow,
  buildView,
  learnerLink,
  toLines,
} from '../../../../test/support/onefile-rules.ts';
import { readKey } from '../../../domain/view.ts';
import { type ExchangedField, exchangedFields, toAims } from './aims.ts';
import { evaluate } from './evaluate.ts';
import { toReadAims, toReadContestedAims, toReadLearner, toReadReviews } from './records.ts';
import { isQualifying } from './review-upload.ts';
import type { OneFileLearnerView } from './settings.ts';

const fields = Object.keys(exchangedFields) as ExchangedField[];
const date = fc.constantFrom(null, null, '2026-01-02', '2026-01-03', 'infinity');
const values = fc.record({
  registrationNumber: fc.constantFrom(null, 'RG-1', 'RG-2'),
  registeredOn: date,
  certificateAppliedOn: date,
  certificateReceivedOn: date,
});
const references = fc.constantFrom('196AS', '603/1122/3', '0123');
const qualification = fc.record({
  reference: references,
  endOn: fc.constantFrom(null, '2026-01-10'),
  hasUnits: fc.boolean(),
  values,
  linkedTo: fc.constantFrom(null, null, '600001', '600009'),
});
const progress = fc.constantFrom(null, 40, 60);
const aim = fc.record({ reference: references, status: fc.constantFrom(0, 1, 2, 7, null), progress, values });
const times = fc.constantFrom('2026-06-22T10:00:00', '2026-10-25T01:30:00', '12026-01-01T10:00:00', null);
const review = fc.record({
  type: fc.constantFrom('N', 'C'),
  attended: fc.constantFrom(null, null, 'U', 'Y'),
  proposedAt: times,
  officer: fc.constantFrom('ABR001', 'LEFT01', 'GONE', null),
  oneFileId: fc.constantFrom(null, '800001', '800002', '800003'),
  linkedTo: fc.constantFrom(null, null, '800001', '800002'),
});
const officer = { firstName: 'Ada', surname: 'Brook', email: null, externalId: null, isDormant: false };
const settings = fc.record({
  uploadReviews: fc.boolean(),
  downloadReviews: fc.boolean(),
  unitsScope: fc.constantFrom('elements' as const, 'all' as const),
  unitsPolicy: fc.constantFrom('skip' as const, 'import' as const),
});
const kept = fc.constantFrom(true, false, undefined);
const scheduled = fc.constantFrom(Date.UTC(2026, 5, 22, 9), Date.UTC(2026, 5, 23, 9), null);

/** A learner whose records a full pass has just read, in any state that people on both sides can leave it in. */
const looks = fc
  .record({
    qualifications: fc.array(qualification, { maxLength: 4 }),
    aims: fc.array(aim, { maxLength: 4 }),
    reviews: fc.array(review, { maxLength: 4 }),
    shown: fc.array(scheduled, { maxLength: 2 }),
    ...{ settings, kept },
  })
  .map((sides): OneFileLearnerView => {
    const qualifications = sides.qualifications.map(({ values: held, linkedTo: _linked, ...one }, at) =>
      buildQualification({ ...one, ...held, seq: at + 1 }),
    );
    const reviews = sides.reviews.map(({ linkedTo: _linked, ...one }, at) =>
      buildReview({ ...one, id: `r${at}` }),
    );
    const aims = sides.aims.map(({ values: shown, ...one }, at) =>
      buildShadow('learning-aim', String(600_001 + at), { ...one, ...shown }),
    );
    const shown = sides.shown.map((scheduledForMs, at) =>
      buildShadow('review', String(800_001 + at), { scheduledForMs }),
    );
    const links = [
      ...sides.qualifications.map(({ linkedTo }, at) => ({
        ...{ kind: 'qualification' as const, linkedTo },
        picsId: `10001/${qualifications[at]?.key}`,
      })),
      ...sides.reviews.map(({ linkedTo }, at) => ({ kind: 'review' as const, linkedTo, picsId: `r${at}` })),
    ].flatMap(({ kind, picsId, linkedTo }) => (linkedTo === null ? [] : [buildLink(kind, picsId, linkedTo)]));
    const alone = links.filter(({ vendorId }, at) => links.findIndex((o) => o.vendorId === vendorId) === at);
    const of = { ident: '10001', learnerId: '400061' };
    return buildView({
      learner: buildLinked({
        ...{ qualifications, reviews },
        officers: [
          { ...officer, code: 'ABR001' },
          { ...officer, code: 'LEFT01', isDormant: true },
        ],
      }),
      demand: 'refresh',
      reads: [toReadLearner(of), toReadAims(of), toReadContestedAims(of), toReadReviews(of)].map(readKey),
      needed: { 'officer:LEFT01': 'OFFICER_NOT_LINKED' },
      lane: {
        links: [learnerLink, ...alone],
        shadows: [...aims, ...shown],
        fieldSupport:
          sides.kept === undefined ? {} : { 'aim.registrationNumber=RegistrationNumber': sides.kept },
      },
      settings: sides.settings,
    });
  });

/** Subjects of everything that is sent, held, noted or linked. */
function subjectsOf(view: OneFileLearnerView): ReadonlySet<string> {
  const { candidates, holds, notes } = evaluate(view);
  const steps = candidates.flatMap((step) => {
    if (step.kind === 'call') return [step.call.subject];
    if (step.kind === 'need') return step.owners.map(({ code }) => `officer:${code}`);
    if (step.kind === 'link' || step.kind === 'unlink' || step.kind === 'announce')
      return step.links.map(({ kind, picsId }) => `${kind}:${picsId}`);
    return [];
  });
  return new Set([...steps, ...[...holds, ...notes].map(({ subject }) => subject)]);
}

const same = (a: unknown, b: unknown): boolean => (a ?? null) === (b ?? null);

/** Qualifications that are linked or have a value to send, and of which nothing is said although the sides differ. */
function findSilentQualifications(view: OneFileLearnerView, said: ReadonlySet<string>): string[] {
  const { learner, lane } = view;
  const { pairs } = toAims(view, '400061');
  return learner.qualifications.flatMap((one) => {
    const picsId = `10001/${one.key}`;
    const pair = pairs.find((candidate) => candidate.qualification === one);
    const isLinked = lane.links.some((link) => link.kind === 'qualification' && link.picsId === picsId);
    const isSaid = said.has(`qualification:${picsId}`);
    if (pair === undefined)
      return isSaid || (!isLinked && fields.every((field) => one[field] === null)) ? [] : [picsId];
    const { id } = pair.aim;
    return (
      fields
        .filter((field) => !same(one[field], pair.aim[field]))
        // What OneFile has comes down through the reconciler.
        .filter((field) => pair.aim[field] === null || one[field] === 'infinity')
        .filter((field) => !said.has(`learning-aim-field:${id}/${field}`) && !said.has(`aim:${id}`))
        .filter(() => !isSaid && !said.has(`qualification-dates:${picsId}`))
        .map((field) => `${picsId} ${field}`)
    );
  });
}

function findSilentReviews(view: OneFileLearnerView, said: ReadonlySet<string>): string[] {
  const { learner, lane, settings: chosen } = view;
  return learner.reviews
    .filter(({ id, oneFileId, ...one }) => {
      const link = lane.links.find(({ kind, picsId }) => kind === 'review' && picsId === id);
      if (link === undefined && oneFileId === null && !isQualifying({ id, oneFileId, ...one }, ['N']))
        return false;
      const isAsked = said.has(`review:${id}`) || (oneFileId === null && said.has(`officer:${one.officer}`));
      if (isAsked) return false;
      const shadow = lane.shadows.find(
        ({ entity, vendorId }) => entity === 'review' && vendorId === oneFileId,
      );
      // Equal, or there is nothing to compare with; PICS takes over what it lacks.
      const shownMs = shadow?.record['scheduledForMs'];
      const isEqual =
        shadow === undefined ? !chosen.downloadReviews : shownMs === null || one.proposedAt === null;
      return !isEqual && shownMs !== Date.UTC(2026, 5, 22, 9);
    })
    .map(({ id }) => id);
}

/** Counters of qualifications that OneFile shows otherwise and that do not follow, of which nothing is said. */
function findSilentElements(view: OneFileLearnerView, said: ReadonlySet<string>): string[] {
  const { learner, settings: chosen } = view;
  return toAims(view, '400061').pairs.flatMap(({ qualification: one, aim: { progress: shown } }) => {
    const isLeftAlone = one.hasUnits && (chosen.unitsPolicy === 'skip' || chosen.unitsScope === 'all');
    const isEqual = shown === null || (one.elementsTotal === 100 && one.elementsDone === shown);
    const isSaid = said.has(`qualification:${learner.ident}/${one.key}`);
    return !isLeftAlone || isEqual || isSaid ? [] : [one.key];
  });
}

/** Reviews of OneFile that PICS lacks and that do not come down, of which nothing is said. */
function findSilentDownloads(view: OneFileLearnerView, said: ReadonlySet<string>): string[] {
  const { learner, lane, settings: chosen } = view;
  const known = [
    ...learner.reviews.map(({ oneFileId }) => oneFileId),
    ...lane.links.map(({ vendorId }) => vendorId),
  ];
  return lane.shadows
    .filter(({ entity, vendorId }) => entity === 'review' && !known.includes(vendorId))
    .map(({ vendorId }) => `review:${vendorId}`)
    .filter((subject) => !chosen.downloadReviews && !said.has(subject));
}

test('G-10: each review and qualification that is linked or qualifies is sent, equal, skipped by a named rule, or held', () => {
  fc.assert(
    fc.property(looks, (view) => {
      const said = subjectsOf(view);
      expect([...findSilentQualifications(view, said), ...findSilentReviews(view, said)]).toEqual([]);
      expect([...findSilentElements(view, said), ...findSilentDownloads(view, said)]).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('G-10: what is skipped stays named in later looks that read nothing, and no more once it is seen', () => {
  const learner = buildLinked({
    qualifications: [buildQualification({ reference: '0123', registrationNumber: 'RG-1' })],
    reviews: [buildReview({ id: 'r0', type: 'N', proposedAt: '2026-06-22T10:00:00', oneFileId: '800001' })],
  });
  const of = { ident: '10001', learnerId: '400061' };
  const reads = [toReadLearner(of), toReadAims(of), toReadReviews(of)].map(readKey);
  const named = [
    { code: 'A-35', subject: 'qualification:10001/0123/1' },
    { code: 'A-4', subject: 'review:r0' },
  ];
  expect(evaluate(buildView({ learner })).notes).toEqual([]);
  expect(evaluate(buildView({ learner, demand: 'refresh', reads })).notes).toEqual(named);
  expect(evaluate(buildView({ learner, lane: { notes: named } })).notes).toEqual(named);
  const shadows = [
    buildShadow('learning-aim', '600001', { reference: '0123', registrationNumber: 'RG-1' }),
    buildShadow('review', '800001', { scheduledForMs: Date.UTC(2026, 5, 22, 9) }),
  ];
  const seen = evaluate(buildView({ learner, lane: { notes: named, shadows } }));
  expect(seen.notes).toEqual([]);
  expect(toLines(seen)).toEqual(['link qualification 10001/0123/1=600001']);
});

test('OF-50, A-27: reviews that a setting keeps back and qualifications with units are named', () => {
  const learner = buildLinked({
    qualifications: [buildQualification({ reference: '0123', registrationNumber: 'RG-1', hasUnits: true })],
    reviews: [buildReview({ id: 'r0', type: 'N', proposedAt: '2026-06-22T10:00:00' })],
  });
  const shadows = [buildShadow('learning-aim', '600001', { reference: '0123' })];
  const { notes } = evaluate(
    buildView({ learner, lane: { shadows }, settings: { uploadReviews: false, unitsScope: 'all' } }),
  );
  expect(notes).toEqual([
    { code: 'A-27', subject: 'qualification:10001/0123/1' },
    { code: 'OF-50', subject: 'review:r0' },
  ]);
});

test.each([
  ['A-27', { hasUnits: true }, {}],
  ['A-25', {}, { smartAssessorId: '77', activePortfolio: 'S' }],
] as const)(
  '%s, OF-45: counters that do not follow OneFile are named, and no more when both sides are equal',
  (code, known, of) => {
    const notesOf = (elementsDone: number) => {
      const row = buildQualification({ reference: '0123', elementsTotal: 100, elementsDone, ...known });
      const shadows = [buildShadow('learning-aim', '600001', { reference: '0123', progress: 40 })];
      const learner = buildLinked({ qualifications: [row], ...of });
      return evaluate(buildView({ learner, lane: { shadows } })).notes;
    };
    expect(notesOf(12)).toEqual([{ code, subject: 'qualification:10001/0123/1' }]);
    expect(notesOf(40)).toEqual([]);
  },
);

test('OF-53: a review of OneFile that does not come down is named; one that PICS has is not, nor one of our own', () => {
  const shadows = ['800001', '800002', '800003', '800004'].map((id, at) =>
    buildShadow('review', id, { visitId: String(700_001 + at), scheduledForMs: Date.UTC(2026, 5, 22, 9) }),
  );
  const learner = buildLinked({
    reviews: [buildReview({ id: 'r0', proposedAt: '2026-06-22T10:00:00', oneFileId: '800001' })],
  });
  const links = [learnerLink, buildLink('review', 'r1', '800002'), buildLink('visit', 'r2', '700003')];
  const notesOf = (downloadReviews: boolean) =>
    evaluate(buildView({ learner, lane: { links, shadows }, settings: { downloadReviews } })).notes;
  const named = { code: 'OF-53', subject: 'review:800004' };
  expect(notesOf(false)).toContainEqual(named);
  expect(notesOf(false).filter(({ code }) => code === 'OF-53')).toEqual([named]);
  expect(notesOf(true)).not.toContainEqual(named);
});
