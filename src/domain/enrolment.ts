import type { JsonObject } from './json.ts';

/** An enrol command that was accepted and is not finished: the engine brings it to its end, whatever is killed meanwhile. */
export type Enrolment = {
  /** Id of the request that asked for it. */
  readonly id: string;
  /** What was decided when it was accepted; each vendor has its own shape. Holds no personal data. */
  readonly plan: JsonObject;
  readonly plannedAtMs: number;
  /** Steps that no later read could show, by their subject: the assessor of an aim, an additional assessor. */
  readonly milestones: readonly string[];
};

/** What the person decided. */
export type EnrolmentChoices = {
  readonly centre: string | null;
  /** Reference or key (`reference/seq`) of a qualification to the vendor id of the standard or course. */
  readonly pathways: Readonly<Record<string, string>>;
  /** A second record of the person is wanted. */
  readonly createAnyway: boolean;
};

export type PlanFault = { readonly code: string; readonly params: Readonly<Record<string, string>> };

/** `none`: nothing fits and none is needed; `missing`: nothing fits and the vendor demands one. */
export type PartnerWay = 'linked' | 'matched' | 'create' | 'fallback' | 'none' | 'missing';

/** An officer, organisation or classroom of an enrolment. `vendorId` null = it will be created. */
export type Partner = {
  /** PICS code; null for a fallback and for classrooms. */
  readonly code: string | null;
  readonly name: string | null;
  /** In which parts: `main officer`, `601/1234/5 (1)`, `additional ASR2`, `review`, `placement`, `classroom`. */
  readonly parts: readonly string[];
  readonly way: PartnerWay;
  readonly vendorId: string | null;
};

export type PlannedQualification = {
  readonly key: string;
  readonly reference: string;
  readonly title: string | null;
  readonly state: 'available' | 'choose' | 'unavailable';
  readonly pathways: readonly { readonly id: string; readonly title: string | null }[];
  readonly chosen: string | null;
};

/** What an enrolment would do (OF-12): shown as a preview, and accepted or refused as a command. Nothing is sent by it. */
export type EnrolmentPlan = {
  /** The first check that fails, in the order of the checks; null = it can go ahead. */
  readonly refusal: PlanFault | null;
  readonly warnings: readonly PlanFault[];
  readonly learner: {
    readonly ident: string;
    readonly name: string | null;
    readonly email: string | null;
    readonly startOn: string | null;
  };
  readonly centres: readonly { readonly id: string; readonly name: string | null }[];
  readonly centre: string | null;
  readonly officers: readonly Partner[];
  readonly organisation: Partner;
  readonly classroom: Partner;
  readonly qualifications: readonly PlannedQualification[];
  /** Reviews that will be uploaded. */
  readonly reviewCount: number;
  /** Kept with the accepted enrolment: what its steps need and no fresh read can tell. */
  readonly accepted: JsonObject;
};

export type KeptEnrolment = {
  readonly state: 'open' | 'done' | 'superseded';
  readonly plan: JsonObject;
};
