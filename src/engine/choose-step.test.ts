import { expect, test } from 'vitest';
import { digestOf } from '../domain/digest.ts';
import type { HeldItem, LaneState } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { Call, Evaluation, NextStep } from '../domain/step.ts';
import { chooseStep, toLinkKey } from './choose-step.ts';
import type { RefusedLink } from './glance.ts';

const at = { vendor: 'onefile', centre: '1' } as const;
const link: Link = {
  ...{ ...at, kind: 'review', picsId: 'r1', vendorId: '7', ident: '00017', how: 'created' },
  copiedAtMs: null,
};

function aCall(change: Partial<Call> = {}): NextStep & { kind: 'call' } {
  const call = { name: 'create-review', effect: 'create', subject: 'review:r1', naturalKey: null } as const;
  return { kind: 'call', call: { ...call, request: { value: 'monday' }, ...change } };
}

function anItem(change: Partial<HeldItem> = {}): HeldItem {
  const where = { id: '1', vendor: 'onefile', ident: '00017', tries: 1, sinceMs: 0 } as const;
  const why = { subject: 'review:r1', code: 'VENDOR_REFUSED', params: {}, requestHash: null };
  return { ...where, ...why, ...change };
}

type Known = {
  readonly candidates?: readonly NextStep[];
  readonly holds?: Evaluation['holds'];
  readonly held?: readonly HeldItem[];
  readonly announced?: readonly Link[];
  readonly refused?: readonly RefusedLink[];
};

function choose({ candidates = [], holds = [], held = [], announced = [], refused = [] }: Known) {
  const lane: LaneState = {
    ...{ version: 1, openIntents: [], links: [], shadows: [], held, fieldSupport: {}, enrolment: null },
    ...{ failures: [], readAtMs: 0 },
  };
  const memory = {
    demand: 'change' as const,
    needed: new Map(),
    announced: new Set(announced.map(toLinkKey)),
    refusedLinks: new Map(refused.map((one) => [toLinkKey(one.link), one])),
    refusedReads: new Set<string>(),
  };
  return chooseStep({ candidates, holds, notes: [] }, lane, memory);
}

const refusedHash = digestOf({ value: 'monday' });
const other = aCall({ subject: 'review:r2' });

test.each<[string, Known, NextStep | null]>([
  ['nothing', {}, null],
  ['the first of several', { candidates: [aCall(), other] }, aCall()],
  [
    'none that was refused as it is',
    { candidates: [aCall()], held: [anItem({ requestHash: refusedHash })] },
    null,
  ],
  [
    'no create of what was found and is linked elsewhere',
    {
      candidates: [aCall({ subject: 'officer:AB' })],
      refused: [
        {
          link: { ...link, kind: 'officer', picsId: 'AB', ident: null, how: 'matched', takenBy: 'CD' },
          created: null,
        },
      ],
    },
    null,
  ],
  [
    'no second write for a record whose first was refused',
    {
      candidates: [aCall(), aCall({ request: { value: 'tuesday' } })],
      held: [anItem({ requestHash: refusedHash })],
    },
    null,
  ],
  [
    'the next one when the first was refused',
    { candidates: [aCall(), other], held: [anItem({ requestHash: refusedHash })] },
    other,
  ],
  [
    'one that was refused with another content',
    { candidates: [aCall()], held: [anItem({ requestHash: digestOf({ value: 'tuesday' }) })] },
    aCall(),
  ],
  ['one whose record was held without a request', { candidates: [aCall()], held: [anItem()] }, aCall()],
  [
    'none whose outcome is unknown, whatever its content',
    { candidates: [aCall()], held: [anItem({ code: 'UNKNOWN_OUTCOME' })] },
    null,
  ],
  [
    'none whose created record could not be linked',
    {
      candidates: [aCall()],
      refused: [
        { link: { ...link, takenBy: null }, created: { subject: 'review:r1', requestHash: refusedHash } },
      ],
    },
    null,
  ],
  [
    'the links that were not refused',
    {
      candidates: [{ kind: 'link', links: [link, { ...link, picsId: 'r2' }] }],
      refused: [{ link: { ...link, takenBy: null }, created: null }],
    },
    { kind: 'link', links: [{ ...link, picsId: 'r2' }] },
  ],
  [
    'the links that were not announced, of whatever kind',
    {
      candidates: [{ kind: 'announce', links: [link, { ...link, kind: 'officer' }] }],
      announced: [link],
    },
    { kind: 'announce', links: [{ ...link, kind: 'officer' }] },
  ],
  [
    'what comes after links that are all known',
    { candidates: [{ kind: 'announce', links: [link] }, other], announced: [link] },
    other,
  ],
])('the step taken is %s', (_name, known, step) => {
  expect(choose(known).step).toEqual(step);
});

const found = { subject: 'review:r1', code: 'NO_ASSESSOR', params: {} };

test.each<[string, Known, readonly (readonly [string, string])[]]>([
  ['what the rules find', { holds: [found] }, [['review:r1', 'NO_ASSESSOR']]],
  ['nothing of what the rules no longer find', { held: [anItem({ code: 'NO_ASSESSOR' })] }, []],
  ['nothing that was refused and is wanted no more', { held: [anItem({ requestHash: refusedHash })] }, []],
  [
    'what was refused and is still wanted as it was',
    { candidates: [aCall()], held: [anItem({ requestHash: refusedHash })] },
    [['review:r1', 'VENDOR_REFUSED']],
  ],
  [
    'what only a person closes, although the rules do not find it',
    {
      held: ['UNKNOWN_OUTCOME', 'PICS_REFUSED', 'UNEXPECTED_RECORD', 'DELETIONS_HELD'].map((code) =>
        anItem({ subject: code, code }),
      ),
    },
    ['UNKNOWN_OUTCOME', 'PICS_REFUSED', 'UNEXPECTED_RECORD', 'DELETIONS_HELD'].map(
      (code) => [code, code] as const,
    ),
  ],
  [
    'one reason a record, the one that waited first',
    { candidates: [aCall()], held: [anItem({ code: 'UNKNOWN_OUTCOME' })], holds: [found] },
    [['review:r1', 'UNKNOWN_OUTCOME']],
  ],
  [
    'links that collide',
    { refused: [{ link: { ...link, kind: 'officer', takenBy: null }, created: null }] },
    [['officer:r1', 'ID_IN_USE']],
  ],
])('held is %s', (_name, known, holds) => {
  expect(choose(known).holds.map(({ subject, code }) => [subject, code])).toEqual(holds);
});
