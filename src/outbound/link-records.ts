import { emptyOutcome } from '../core/empty-outcome.ts';
import type { OutcomeRecord } from '../core/ledger.ts';
import type { Link } from '../core/link.ts';
import type { NextStep } from '../core/step.ts';
import { toLinkKey } from './choose-step.ts';
import { advanceGlance, type Glance, type Memory } from './glance.ts';
import type { LookParts } from './parts.ts';

/** Stores links nobody has to be asked about. One that collides is remembered and held, never overwritten (G-2). */
export async function linkRecords<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  memory: Memory,
  glance: Glance,
  { links, unlinks = [] }: Extract<NextStep, { kind: 'link' }>,
): Promise<Glance | null> {
  const outcome: OutcomeRecord = {
    ...emptyOutcome(glance.key, glance.lane.version),
    links,
    unlinks,
    journal: links.map(({ kind, picsId, vendorId, how }) => ({
      kind: 'linked',
      subject: `${kind}:${picsId}`,
      code: how,
      vendorId,
      tookMs: null,
    })),
  };
  const recorded = await effects.ledger.recordOutcome(outcome);
  if (recorded.kind === 'conflict') return null;
  for (const link of recorded.conflictingLinks)
    memory.refusedLinks.set(toLinkKey(link), { link, created: null });
  return advanceGlance(glance, outcome, recorded);
}

/** Takes links away that do not hold any more. Nothing is deleted at the vendor. */
export async function unlinkRecords<S, C>(
  { effects }: Pick<LookParts<S, C>, 'effects'>,
  glance: Glance,
  links: readonly Link[],
): Promise<null> {
  await effects.ledger.recordOutcome({
    ...emptyOutcome(glance.key, glance.lane.version),
    unlinks: links,
    journal: links.map(({ kind, picsId, vendorId, how }) => ({
      ...{ kind: 'unlinked', subject: `${kind}:${picsId}`, code: how, vendorId, tookMs: null },
    })),
  });
  return null;
}
