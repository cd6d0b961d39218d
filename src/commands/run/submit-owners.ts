import { type OwnerKind, toOwnerLane } from '../../core/owner.ts';
import type { Engine } from '../../outbound/engine.ts';
import { readLinkedOwners } from '../../store/linked-owners.ts';
import { oneFile as vendor } from '../../vendors/onefile/onefile.ts';
import { toOwnerPassReads } from '../../vendors/onefile/rules/details/push-owner.ts';
import type { OneFileSettings } from '../../vendors/onefile/rules/settings.ts';
import type { Store } from './open-store.ts';

type Parts = {
  readonly store: Pick<Store, 'pool'>;
  readonly settings: Pick<OneFileSettings, 'centreId' | 'officerDetails' | 'organisationDetails'>;
  readonly submit: Engine['submit'];
};

const pageSize = 1_000;
const submittedAtOnce = 16;

/** Records of these entities are written into PICS by a pull mode: a full pass tells all of them, changed or not (G-4). */
export function isPulled(entity: string, settings: OneFileSettings): boolean {
  if (entity === 'assessor') return settings.officerDetails === 'pull';
  return entity === 'placement' && settings.organisationDetails === 'pull';
}

/** OF-71, OF-72, OF-8: after a full pass linked officers and organisations are compared too where a mode pushes them. */
export function createSubmitOwners({ store, settings, submit }: Parts): () => Promise<void> {
  const kinds: readonly OwnerKind[] = [
    ...(settings.officerDetails === 'push' ? (['officer'] as const) : []),
    ...(settings.organisationDetails === 'push' ? (['organisation'] as const) : []),
  ];
  return async () => {
    for (const kind of kinds) await submitAll(kind);
  };

  async function submitAll(kind: OwnerKind): Promise<void> {
    let afterCode: string | null = null;
    do {
      const scope = { vendor: vendor.name, centre: settings.centreId, kind };
      const codes: readonly string[] = await readLinkedOwners(store.pool, scope, {
        afterCode,
        limit: pageSize,
      });
      for (let at = 0; at < codes.length; at += submittedAtOnce)
        await Promise.all(codes.slice(at, at + submittedAtOnce).map((code) => submitOne(kind, code)));
      afterCode = codes.length < pageSize ? null : (codes.at(-1) ?? null);
    } while (afterCode !== null);
  }

  /** The pass has just read them: nothing is read again. */
  async function submitOne(kind: OwnerKind, code: string): Promise<void> {
    const work = { demand: 'refresh', priority: 'poll', txIds: [], committedAtMs: null } as const;
    await submit({ ...work, ident: toOwnerLane({ kind, code }), reads: toOwnerPassReads({ kind, code }) });
  }
}
