import type { Link, NewLink } from '../../src/domain/link.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { Settled } from '../../src/domain/work.ts';
import { buildLearner } from './learner.ts';
import { anOutcome } from './ledger-records.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import { handlersAt, holdAt, level, openDispatch, openWorkplace, scope } from './requests.ts';

export type LinkWorld = {
  /** What the id columns of PICS show, by lane. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly links?: readonly Partial<NewLink>[];
  /** Records the vendor has. */
  readonly records?: readonly string[];
  /** Learners with something held because of the officer. */
  readonly waiting?: readonly string[];
  readonly isShown?: boolean;
  /** False: nothing writes the id columns. */
  readonly hasReconciler?: boolean;
  /** Further learners and organisations that PICS has, by lane. */
  readonly others?: readonly string[];
  /** What says that the learner and the record are two people. */
  readonly contradictions?: readonly string[];
  readonly settled?: Partial<Settled>;
};

/** What the id columns show when nothing was ever written into them. */
export const blankColumns = { '00017': null, 'officer:JB': null, 'organisation:ORG1': null } as const;

/** One learner, one officer and one organisation of PICS, with a reconciler that writes their id columns a while later. */
export async function openLinkWorld(world: LinkWorld = {}) {
  const { columns: given = {}, links = [], records = ['500', '600'], waiting = [], isShown = true } = world;
  const { others = [], contradictions = [] } = world;
  const looks: string[] = [];
  const oneFileId = given['00017'] ?? null;
  const opened = openWorkplace({
    learners: [buildLearner({ ident: '00017', firstName: 'Mary', surname: 'Ford', oneFileId })],
    linking: {
      isShown: (kind) => kind === 'learner' || isShown,
      contradictionsOf: () => contradictions,
      findRecord: async ({ kind }, id) => {
        looks.push(`${kind} ${id}`);
        if (!records.includes(id))
          return { kind: 'rejected', code: 'ID_NOT_FOUND', detail: `no ${kind} ${id}` };
        const observed = [seen(id)];
        return { kind: 'done', vendorId: null, observed, shadow: [], links: [], findings: [] };
      },
    },
    look: async ({ ident }) => {
      await endIntents(store.ledger, ident);
      return { ...level, ...world.settled };
    },
    onSleep: async () => {
      if (world.hasReconciler !== false) await reconcile();
    },
  });
  const { store, pics, topics, workplace } = opened;
  pics.putOfficer({ code: 'JB', externalId: given['officer:JB'] ?? null });
  pics.putOrganisation({ code: 'ORG1', externalId: given['organisation:ORG1'] ?? null });
  for (const other of others) {
    const [kind, code = ''] = other.split(':');
    if (kind === 'organisation') pics.putOrganisation({ code });
    else pics.setLearner(buildLearner({ ident: other }));
  }
  for (const link of links) store.ledger.linkTable.put(buildLink(link));
  for (const ident of waiting)
    await holdAt(store, ident, { subject: 'review:r1', code: 'NO_ASSESSOR', params: { officer: 'JB' } });

  const published = () =>
    topics
      .itemsOf('link')
      .flatMap((item) => (item.kind === 'link' ? [{ link: item.link, isRemoved: item.removed }] : []));
  let applied = 0;
  /** Copies into blank columns, and empties those of removed links that still show the id. */
  async function reconcile(): Promise<void> {
    const news = published().slice(applied);
    applied += news.length;
    for (const { link, isRemoved } of news) {
      const write = (shown: string | null): string | null => {
        if (!isRemoved) return shown ?? link.vendorId;
        return shown === link.vendorId ? null : shown;
      };
      const { kind, picsId } = link;
      if (kind === 'learner') await pics.edit(picsId, (one) => ({ ...one, oneFileId: write(one.oneFileId) }));
      if (kind === 'officer' || kind === 'organisation') {
        const owner = pics.findOwner({ kind, code: picsId });
        if (owner !== null) pics.setOwner({ ...owner, externalId: write(owner.externalId) });
      }
    }
  }
  const columns = () => {
    return {
      '00017': pics.find('00017')?.oneFileId ?? null,
      'officer:JB': pics.findOwner({ kind: 'officer', code: 'JB' })?.externalId ?? null,
      'organisation:ORG1': pics.findOwner({ kind: 'organisation', code: 'ORG1' })?.externalId ?? null,
    };
  };
  const { ledger } = store;
  const commands = openDispatch(opened, handlersAt(workplace));
  return { ...opened, ...commands, ledger, columns, published, looks, reconcile };
}

/** What a look at the lane does with what is under way there. */
async function endIntents(ledger: MemoryLedger, ident: string): Promise<void> {
  const key = { ...scope, ident };
  const lane = await ledger.readLane({ ...key, officers: [], organisations: [], learnerVendorIds: [] });
  for (const { id } of lane.openIntents)
    await ledger.recordOutcome(anOutcome({ ...key, version: lane.version, intentId: id, state: 'done' }));
}

function seen(vendorId: string): Observation {
  return {
    ...scope,
    entity: 'assessor',
    vendorId,
    learnerVendorId: null,
    observedAtMs: 1,
    cause: 'refresh',
    deleted: false,
    record: {},
  };
}

export function buildLink(known: Partial<NewLink>): Link {
  const { replaces: _replaces, ...link } = known;
  return {
    ...scope,
    kind: 'officer',
    picsId: 'JB',
    vendorId: '400',
    ident: null,
    how: 'matched',
    copiedAtMs: 0,
    ...link,
  };
}
