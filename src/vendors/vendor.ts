import type { z } from 'zod';
import type { Change, Relevance } from '../domain/change.ts';
import type { Learner } from '../domain/learner.ts';
import type { Intent } from '../domain/ledger.ts';
import type { Link } from '../domain/link.ts';
import type { Observation, ObservationCause } from '../domain/observation.ts';
import type { Owner } from '../domain/owner.ts';
import type { PollResource, ReadPage } from '../domain/polling.ts';
import type { Priority } from '../domain/priority.ts';
import type { RowDecision } from '../domain/rows.ts';
import type { Call, CallResult, Evaluation, Resolution } from '../domain/step.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { LearnerView, OwnerView } from '../domain/view.ts';

/** What a vendor is: its rules, its settings, and how it is reached. Nothing else of it is known outside its folder. */
export type Vendor<Section extends z.ZodType, Settings, Centre, SyncSide, ClientEffects> = {
  readonly name: VendorName;
  /** As the configuration, folders and commands write it. */
  readonly configName: string;
  /** Schema of its section of the configuration. */
  readonly section: Section;
  readonly rules: VendorRules<Settings, Centre, SyncSide>;
  readonly pollResources: readonly PollResource[];
  /** How long an unanswered create may take to show itself before it is looked up, milliseconds. */
  readonly settleMs: number;
  readonly createClient: (effects: ClientEffects) => VendorClient;
};

/** Pure: the same arguments give the same answer. */
export type VendorRules<Settings, Centre, SyncSide> = {
  readonly decideRelevance: (change: Change, settings: Settings) => Relevance;
  readonly evaluate: (view: LearnerView<Settings, Centre>) => Evaluation;
  readonly evaluateOwner: (view: OwnerView<Settings, Centre>) => Evaluation;
  /** Vendor ids that PICS shows for a learner, checked or not. */
  readonly toVendorIds: (learner: Learner) => readonly string[];
  readonly decideRow: (
    observation: Observation,
    learner: Learner | null,
    syncSide: SyncSide,
    settings: Settings,
  ) => RowDecision;
  readonly decideLinkRow: (
    link: Pick<Link, 'kind' | 'picsId' | 'vendorId'>,
    learner: Learner | null,
    owner?: Pick<Owner, 'externalId'> | null,
    more?: { readonly externalIdVendor?: VendorName | null; readonly isRemoved?: boolean },
  ) => RowDecision;
};

type CallContext = {
  readonly priority: Priority;
  readonly cause: ObservationCause;
  readonly signal?: AbortSignal;
  /** By what a created record is found again when it carries no key of ours. */
  readonly about?: {
    readonly firstName: string | null;
    /** Of an organisation its name. */
    readonly lastName: string | null;
    readonly email: string | null;
  };
};

export type VendorClient = {
  /** The caller holds the right to one call; further ones of the same step are taken from the budget inside. */
  execute(call: Call, context: CallContext): Promise<CallResult>;
  resolve(
    intent: Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'>,
    context: CallContext,
  ): Promise<Resolution>;
  readonly readPage: ReadPage;
  close(): Promise<void>;
};
