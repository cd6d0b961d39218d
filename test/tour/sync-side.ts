import { emptyOutcome, type LaneState, type Ledger } from '../../src/domain/ledger.ts';
import type { Link } from '../../src/domain/link.ts';
import type { PollStore } from '../../src/domain/polling.ts';
import type { ItemFacts, ReconcileItem } from '../../src/domain/rows.ts';
import { hashRecord } from '../../src/domain/digest.ts';
import type { SyncSide } from '../../src/vendors/onefile/rules/reconcile.ts';
import type { OneFileCentre } from '../../src/vendors/onefile/rules/settings.ts';
import type { MemoryLedger } from '../support/memory-ledger.ts';
import type { setupOneFile } from '../support/onefile-client.ts';

const lane = { vendor: 'onefile', centre: '301' } as const;

export async function readCentre({
  client,
}: Awaited<ReturnType<typeof setupOneFile>>): Promise<OneFileCentre> {
  return { assessors: await client.readAssessors('live'), normalReviewTypes: ['N'] };
}

export function toLinkItem(link: Link): ReconcileItem {
  return { kind: 'link', link, removed: false };
}

export function toOfficer(code: string, externalId: string | null) {
  return { code, firstName: null, surname: null, email: null, externalId };
}

/** What the sync knows beside PICS: read from the same ledger the engine writes. */
export async function readFacts(ledger: MemoryLedger, item: ReconcileItem): Promise<ItemFacts<SyncSide>> {
  const findCode = (kind: Link['kind'], id: unknown): string | null =>
    ledger.links.find((link) => link.kind === kind && link.vendorId === id)?.picsId ?? null;
  const observed = item.kind === 'observation' ? item.observation : null;
  const ident = item.kind === 'link' ? item.link.ident : findCode('learner', observed?.learnerVendorId);
  const { links, shadows, fieldSupport, openIntents } = await readLane(ledger, ident ?? '');
  return {
    ident,
    facts: {
      links,
      shadows,
      fieldSupport,
      officerOfAssessor: findCode('officer', observed?.record?.['assessorId']),
      hasOpenUpload: openIntents.some(({ step }) => step.startsWith('create-')),
      normalReviewTypes: ['N'],
    },
  };
}

export function readLane(ledger: Ledger, ident: string): Promise<LaneState> {
  return ledger.readLane({ ...lane, ident, officers: [], organisations: [], learnerVendorIds: [] });
}

/** The poller's part of the sync database: hashes of shadows, and shadows. */
export function createPollStore(ledger: Ledger, ident: string): Pick<PollStore, 'readHashes' | 'recordPage'> {
  return {
    readHashes: async (entity) => {
      const { shadows } = await readLane(ledger, ident);
      const known = shadows.filter((shadow) => shadow.entity === entity);
      return new Map(known.map(({ vendorId, record }) => [vendorId, hashRecord(record)]));
    },
    recordPage: async ({ observations }) => {
      const glance = { key: { ...lane, ident }, lane: await readLane(ledger, ident) };
      const shadows = observations.flatMap(({ record, deleted: _deleted, cause: _cause, ...rest }) =>
        record === null ? [] : [{ ...rest, record }],
      );
      await ledger.recordOutcome({ ...emptyOutcome(glance.key, glance.lane.version), shadows });
      return 'recorded';
    },
  };
}

export function markCopied(ledger: MemoryLedger, links: readonly Link[], nowMs: number): void {
  ledger.linkTable.markCopied(links, nowMs);
}
