import type { Vendor } from '../vendor.ts';
import { type ClientEffects, createOneFileClient } from './client/client.ts';
import { pollResources } from './client/read-page.ts';
import { oneFileSection } from './config.ts';
import { evaluate, evaluateOwner, toVendorIds } from './rules/evaluate.ts';
import { decideLinkRow, decideRow, type SyncSide } from './rules/reconcile.ts';
import { decideRelevance } from './rules/relevance.ts';
import type { OneFileCentre, OneFileSettings } from './rules/settings.ts';

/** OneFile, as the rest of the program sees it. */
export const oneFile = {
  name: 'onefile',
  configName: 'onefile',
  section: oneFileSection,
  rules: { decideRelevance, evaluate, evaluateOwner, toVendorIds, decideRow, decideLinkRow },
  pollResources,
  settleMs: 5_000,
  createClient: createOneFileClient,
} satisfies Vendor<typeof oneFileSection, OneFileSettings, OneFileCentre, SyncSide, ClientEffects>;
