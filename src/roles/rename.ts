import type { Renaming } from '../domain/change.ts';
import type { HandleChangeEffects } from '../engine/changes.ts';
import { renameLink } from '../store/rename.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import type { EngineParts } from './open-engine.ts';

/**
 * moves links to a changed key.
 *
 * An event may come again, long after the old key was given to somebody else: whoever PICS shows under it keeps its
 * links.
 */
export function createRename({ pics, store, oneFile }: EngineParts): HandleChangeEffects['rename'] {
  const isThere = async ({ entity, from }: Renaming, txIds: readonly number[]): Promise<boolean> => {
    const read =
      entity === 'learner'
        ? pics.readLearner({ ident: from, txIds })
        : pics.readOwner({ key: { kind: entity, code: from }, txIds });
    return (await read) !== null;
  };
  return async (renaming, txIds) => {
    if (await isThere(renaming, txIds)) return 'kept';
    const scope = { vendor: vendor.name, centre: oneFile.settings.centreId };
    const { kind } = await renameLink(store.pool, scope, renaming);
    return kind;
  };
}
