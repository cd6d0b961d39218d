import { type OwnerKind, toOwnerLane } from '../domain/owner.ts';
import type { Engine } from '../engine/engine.ts';
import { readHeldOwnerLanes } from '../store/held.ts';
import { readUnsettledIdents } from '../store/intents.ts';
import { readLinkedOwners } from '../store/links.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import { toOwnerPassReads } from '../vendors/onefile/rules/details-push.ts';
import type { OneFileSettings } from '../vendors/onefile/rules/settings.ts';
import type { Store } from './open-store.ts';

type Parts = {
  readonly store: Pick<Store, 'pool'>;
  readonly settings: Pick<OneFileSettings, 'centreId' | 'officerDetails' | 'organisationDetails'>;
  readonly submit: Engine['submit'];
};

const pageSize = 1_000;
const submittedAtOnce = 16;
const work = { demand: 'refresh', priority: 'poll', txIds: [], committedAtMs: null } as const;

/** Records of these entities are written into PICS by a pull mode: a full pass tells all of them, changed or not (G-4). */
export function isPulled(entity: string, settings: OneFileSettings): boolean {
  if (entity === 'assessor') return settings.officerDetails === 'pull';
  return entity === 'placement' && settings.organisationDetails === 'pull';
}

/**
 * After a full pass officers and organisations are looked at too: linked ones where a mode pushes their details (OF-71,
 * OF-72, OF-8), and those that are held, for an id may have become free or a MIS value corrected at OneFile (OF-30, OF-36).
 * Enrolments that wait for one of them go on then (OF-23).
 */
export function createSubmitOwners({ store, settings, submit }: Parts): () => Promise<void> {
  const kinds: readonly OwnerKind[] = [
    ...(settings.officerDetails === 'push' ? (['officer'] as const) : []),
    ...(settings.organisationDetails === 'push' ? (['organisation'] as const) : []),
  ];
  return async () => {
    await submitTogether(await readHeldOwnerLanes(store.pool, vendor.name), submitLane);
    for (const kind of kinds) await submitAll(kind);
    await submitWaiting();
  };

  async function submitWaiting(): Promise<void> {
    let afterIdent: string | null = null;
    do {
      const page = { afterIdent, limit: pageSize };
      const idents: readonly string[] = await readUnsettledIdents(store.pool, vendor.name, page);
      await submitTogether(idents, submitLane);
      afterIdent = idents.length < pageSize ? null : (idents.at(-1) ?? null);
    } while (afterIdent !== null);
  }

  async function submitAll(kind: OwnerKind): Promise<void> {
    let afterCode: string | null = null;
    do {
      const scope = { vendor: vendor.name, centre: settings.centreId, kind };
      const codes: readonly string[] = await readLinkedOwners(store.pool, scope, {
        afterCode,
        limit: pageSize,
      });
      await submitTogether(codes, (code) => submitOne(kind, code));
      afterCode = codes.length < pageSize ? null : (codes.at(-1) ?? null);
    } while (afterCode !== null);
  }

  async function submitLane(ident: string): Promise<void> {
    await submit({ ...work, ident });
  }

  /** The pass has just read them: nothing is read again. */
  async function submitOne(kind: OwnerKind, code: string): Promise<void> {
    await submit({ ...work, ident: toOwnerLane({ kind, code }), reads: toOwnerPassReads({ kind, code }) });
  }
}

async function submitTogether(all: readonly string[], submit: (one: string) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += submittedAtOnce)
    await Promise.all(all.slice(at, at + submittedAtOnce).map(submit));
}
