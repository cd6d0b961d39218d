import type { Config } from '../config/config.ts';
import type { UsedOwner } from '../domain/people.ts';
import { readDesktopSettings, readOneFileLearners, readUsedOwners } from '../pics/lookups.ts';
import type { PresentColumns } from '../pics/mapping.ts';
import type { Queryable } from '../pics/queryable.ts';
import type { Db } from '../store/database.ts';
import { readLinks } from '../store/links.ts';
import { readVendorState } from '../store/vendor-state.ts';
import type { OneFileSection } from '../vendors/onefile/config.ts';
import { oneFile as vendor } from '../vendors/onefile/onefile.ts';
import {
  type DesktopState,
  desktopSettingNames,
  findDesktopEvidence,
  findWarnings,
  type Warning,
  type WarningFacts,
} from '../vendors/onefile/rules/warnings.ts';
import { isFirstFor, readEnabledWith, toModes } from './enabled-with.ts';

/** Pools or single connections: whatever runs statements. */
export type WarningParts = {
  readonly pics: { readonly pool: Queryable; readonly columns: PresentColumns };
  readonly store: { readonly pool: Db };
};
type Parts = WarningParts;
type Context = { readonly config: Pick<Config, 'pics' | 'externalIdVendor'> };

/** OF-7: what an administrator says of desktop synchronisation, and what PICS shows. */
export async function readDesktopState(
  section: Pick<OneFileSection, 'desktopSyncOff'>,
  { pics }: Pick<Parts, 'pics'>,
): Promise<DesktopState> {
  const settings = await readDesktopSettings(pics.pool, pics.columns, desktopSettingNames);
  return { isConfirmedOff: section.desktopSyncOff, evidence: findDesktopEvidence(settings) };
}

/** Everything the warnings depend on. `idents`: whom the first synchronisation exchanges; null = not known yet. */
export async function readWarningFacts(
  { config }: Context,
  parts: Parts,
  {
    section,
    centreId,
    idents,
  }: {
    readonly section: OneFileSection;
    readonly centreId: string;
    readonly idents: readonly string[] | null;
  },
): Promise<WarningFacts> {
  const { pics, store } = parts;
  const state = await readVendorState(store.pool, vendor.name);
  const environment = section.environment ?? '';
  const isFirst = isFirstFor(state, { environment, centreId });
  return {
    environment,
    centreId,
    picsRole: config.pics.role,
    externalIdVendor: config.externalIdVendor,
    modes: toModes(section),
    desktop: await readDesktopState(section, { pics }),
    unlinked: isFirst ? await countUnlinked({ config }, parts, { section, centreId, idents }) : null,
    last: readEnabledWith(state),
  };
}

export async function readWarnings(
  context: Context,
  parts: Parts,
  about: Parameters<typeof readWarningFacts>[2],
): Promise<{ readonly facts: WarningFacts; readonly warnings: readonly Warning[] }> {
  const facts = await readWarningFacts(context, parts, about);
  return { facts, warnings: findWarnings(facts) };
}

/** OF-34: in use, without a link, and without an id in PICS that could become one. */
async function countUnlinked(
  { config }: Context,
  { pics, store }: Parts,
  { section, centreId, idents }: Parameters<typeof readWarningFacts>[2],
): Promise<{ officers: number; organisations: number }> {
  const of = idents ?? (await readOneFileLearners(pics.pool, pics.columns)).map(({ ident }) => ident);
  const used = await readUsedOwners(pics.pool, pics.columns, of);
  const isOurs = config.externalIdVendor === vendor.name && section.matchBy === 'id';
  const count = async (kind: 'officer' | 'organisation', owners: readonly UsedOwner[]): Promise<number> => {
    const codes = owners.map(({ code }) => code);
    const links = await readLinks(store.pool, { vendor: vendor.name, centre: centreId, kind }, codes);
    const linked = new Set(links.map(({ picsId }) => picsId));
    return owners.filter(({ code, externalId }) => !linked.has(code) && !(isOurs && externalId !== null))
      .length;
  };
  return {
    officers: await count('officer', used.officers),
    organisations: await count('organisation', used.organisations),
  };
}
