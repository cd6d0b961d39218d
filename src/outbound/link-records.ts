import type { NewLink } from '../core/link.ts';
import { toLinkKey } from './choose-step.ts';
import type { Glance, Memory } from './glance.ts';
import type { LookParts } from './parts.ts';
import { emptyOutcome } from './record-holds.ts';

/** Stores links nobody has to be asked about. One that collides is remembered and held, never overwritten (G-2). */
export async function linkRecords<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  memory: Memory,
  glance: Glance,
  links: readonly NewLink[],
): Promise<void> {
  const recorded = await effects.ledger.recordOutcome({
    ...emptyOutcome(glance),
    links,
    journal: links.map(({ kind, picsId, vendorId, how }) => ({
      kind: 'linked',
      subject: `${kind}:${picsId}`,
      code: how,
      vendorId,
      tookMs: null,
    })),
  });
  if (recorded.kind === 'conflict') return;
  for (const link of recorded.conflictingLinks) memory.refusedLinks.set(toLinkKey(link), link);
}
