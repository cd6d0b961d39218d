import type { Link, NewLink } from '../../src/domain/link.ts';
import type { Owner } from '../../src/domain/owner.ts';
import type { Settled, Work } from '../../src/domain/work.ts';
import {
  createLinkOwner,
  createSetLearnerId,
  type LinkEffects,
  type LinkSubject,
  toLane,
} from '../../src/requests/link.ts';
import { buildLearner } from './learner.ts';
import { anOutcome } from './ledger-records.ts';
import { MemoryLedger } from './memory-ledger.ts';

export const linkScope = { vendor: 'onefile', centre: 'c1' } as const;

type World = {
  /** What the id columns of PICS show, by lane. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly links?: readonly Partial<NewLink>[];
  /** Records the vendor has. */
  readonly records?: readonly string[];
  readonly waiting?: readonly string[];
  readonly isShown?: boolean;
  readonly settled?: Partial<Settled>;
};

/** One learner, one officer and one organisation of PICS, with a reconciler that writes their id columns a while later. */
export function openLinkWorld(world: World = {}) {
  const { columns: given = {}, links = [], records = ['500', '600'], waiting = [], isShown = true } = world;
  const ledger = new MemoryLedger({ isWorkerAlive: () => true, nowMs: () => 0 });
  for (const link of links) ledger.linkTable.put(toLink(link));
  const columns: Record<string, string | null> = { ...given };
  const published: { link: Link; isRemoved: boolean }[] = [];
  let applied = 0;
  const works: Work[] = [];
  const looks: string[] = [];
  const effects: LinkEffects = {
    ...linkScope,
    address: 'https://onefile.example',
    ledger,
    isShown: ({ kind }) => kind === 'learner' || isShown,
    readShown: async (subject) => (isShown ? (columns[toLane(subject)] ?? null) : null),
    publishLink: async (link, isRemoved) => void published.push({ link, isRemoved }),
    submit: async (work) => {
      works.push(work);
      await endIntents(ledger, work.ident);
      return { kind: 'settled', isLinked: true, calls: { 'read-aims': 1 }, holds: [], ...world.settled };
    },
    sleep: async () => reconcile(),
    signal: new AbortController().signal,
    readLearner: async ({ ident }) =>
      ident === '00017' ? buildLearner({ ident, firstName: 'Mary', surname: 'Ford' }) : null,
    readOwner: async ({ key }) => (['JB', 'ORG1'].includes(key.code) ? ({ ...key } as Owner) : null),
    findRecord: async ({ kind }, id) => {
      looks.push(`${kind} ${id}`);
      return records.includes(id)
        ? { kind: 'found' }
        : { kind: 'rejected', code: 'ID_NOT_FOUND', detail: `no ${kind} ${id}` };
    },
    readHolder: async (kind, id) => ledger.linkTable.findByVendorId(linkScope, kind, id)?.picsId ?? null,
    readWaitingFor: async () => waiting,
  };
  /** Copies into blank columns, and empties those of removed links that still show the id. */
  function reconcile(): void {
    for (const { link, isRemoved } of published.slice(applied)) {
      const lane = toLane({ kind: link.kind, code: link.picsId } as LinkSubject);
      if (isRemoved && columns[lane] === link.vendorId) columns[lane] = null;
      if (!isRemoved) columns[lane] ??= link.vendorId;
    }
    applied = published.length;
  }
  const toHandlers = (used: LinkEffects) => ({
    'link-officer': { handle: createLinkOwner('officer', used) },
    'link-organisation': { handle: createLinkOwner('organisation', used) },
    'set-learner-id': { handle: createSetLearnerId(used) },
  });
  return { ledger, columns, published, works, looks, effects, reconcile, toHandlers };
}

/** What a look at the lane does with what is under way there. */
async function endIntents(ledger: MemoryLedger, ident: string): Promise<void> {
  const key = { ...linkScope, ident };
  const lane = await ledger.readLane({ ...key, officers: [], organisations: [], learnerVendorIds: [] });
  for (const { id } of lane.openIntents)
    await ledger.recordOutcome(anOutcome({ ...key, version: lane.version, intentId: id, state: 'done' }));
}

function toLink(known: Partial<NewLink>): Link {
  const { replaces: _replaces, ...link } = known;
  return {
    ...{ ...linkScope, kind: 'officer', picsId: 'JB', vendorId: '400', ident: null, how: 'matched' },
    ...{ copiedAtMs: 0, ...link },
  };
}
