import { expect, test } from 'vitest';
import type { Json } from '../../../src/domain/json.ts';
import type { Evaluation, NextStep } from '../../../src/domain/step.ts';
import type { BrokenRules } from './broken-rules.ts';
import { judge } from './judge/judge.ts';
import { liveMonth } from './live-month.ts';

// A judge that never says no proves nothing: each of these mistakes must be found.

const mistakes: readonly [title: string, found: RegExp, rules: Partial<BrokenRules>][] = [
  [
    'a value is pushed although OneFile has one',
    /^D-1: registrationNumber of aim \d+ was .* overwritten/,
    { evaluate: pushOverValues },
  ],
  [
    'a create without an answer is repeated without looking',
    /^G-5: create-(review|assessor|learner|placement) .* was done \d times/,
    { resolve: ({ kind }) => (kind === 'found' ? { kind: 'absent' } : { kind: 'blind', policy: 'repeat' }) },
  ],
  [
    'OneFile does not win over PICS',
    /^OF-42: .* is .* in PICS and .* at OneFile/,
    {
      decideRow: (decision, { entity }) =>
        entity === 'learning-aim' ? { kind: 'ignore', code: 'broken' } : decision,
    },
  ],
  [
    'a review of OneFile does not come down',
    /^OF-53: \d+ lacks review/,
    {
      decideRow: (decision) =>
        decision.kind === 'write' && decision.actions.some(({ kind }) => kind === 'insert-review')
          ? { kind: 'ignore', code: 'broken' }
          : decision,
    },
  ],
  [
    'a review that was not started is left as PICS has it',
    /^OF-54: review/,
    {
      decideRow: (decision, { record }) =>
        record?.['startedAtMs'] === null ? { kind: 'ignore', code: 'broken' } : decision,
    },
  ],
  [
    'a review is not sent, and nobody is told',
    /^OF-50: review .* was not sent; held is undefined/,
    { evaluate: without('create-visit') },
  ],
  [
    'an enrolment forgets the qualifications',
    /^OF-23: the enrolment of \d+ stands still/,
    { evaluate: without('assign-standard') },
  ],
  [
    'a session of Smart Assessor does not come down',
    /^SA-41: \d+ lacks session/,
    {
      decideRow: (decision, { entity }) =>
        entity === 'session' ? { kind: 'ignore', code: 'broken' } : decision,
    },
  ],
  [
    'progress at Smart Assessor is not counted',
    /^SA-32: /,
    {
      decideRow: (decision, { entity }) =>
        entity === 'learner-course' ? { kind: 'ignore', code: 'broken' } : decision,
    },
  ],
  [
    'an enrolment at Smart Assessor forgets the courses',
    /^SA-10: the enrolment of \d+ stands still/,
    { evaluate: without('enrol-on-course') },
  ],
  [
    'a create at Smart Assessor without an answer is repeated without looking',
    /^G-5: (create-(learner|assessor|employer)|enrol-on-course) .* was done \d times/,
    { resolve: ({ kind }) => (kind === 'found' ? { kind: 'absent' } : { kind: 'blind', policy: 'repeat' }) },
  ],
  [
    'something is held for no reason',
    /^held without a reason/,
    {
      evaluate: (evaluation, { learner }) => ({
        ...evaluation,
        holds: [...evaluation.holds, { subject: `learner:${learner.ident}`, code: 'LINK_GONE', params: {} }],
      }),
    },
  ],
];

test.each(mistakes)('the judge finds out when %s', { timeout: 120_000 }, async (_title, found, rules) => {
  const faults: string[] = [];
  for (let seed = 1; seed <= 5 && !faults.some((fault) => found.test(fault)); seed += 1) {
    const world = await liveMonth({ seed, learnerCount: 40, edits: 250, days: 30, rules });
    faults.push(...(await judge(world)));
  }
  expect(faults).toContainEqual(expect.stringMatching(found));
});

function without(name: string) {
  return (evaluation: Evaluation): Evaluation => ({
    ...evaluation,
    candidates: evaluation.candidates.filter((step) => step.kind !== 'call' || step.call.name !== name),
  });
}

/** PICS wins: what OF-42 forbids. */
function pushOverValues(...[evaluation, view]: Parameters<BrokenRules['evaluate']>): Evaluation {
  const { learner, lane } = view;
  const pushes = learner.qualifications.flatMap(({ key, registrationNumber }): NextStep[] => {
    const link = lane.links.find(({ picsId }) => picsId === `${learner.ident}/${key}`);
    const shadow = lane.shadows.find(({ vendorId }) => vendorId === link?.vendorId);
    const there: Json | undefined = shadow?.record['registrationNumber'];
    if (registrationNumber === null || there == null || there === registrationNumber) return [];
    const aimId = shadow?.vendorId ?? '';
    const learnerId = shadow?.learnerVendorId ?? '';
    const request = { aimId, learnerId, fields: { registrationNumber }, verify: [] };
    const call = { name: 'update-aim', effect: 'update', subject: `aim:${aimId}`, naturalKey: null } as const;
    return [{ kind: 'call', call: { ...call, request } }];
  });
  return { ...evaluation, candidates: [...evaluation.candidates, ...pushes] };
}
