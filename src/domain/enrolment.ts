import type { JsonObject } from './json.ts';

/**
 * An accepted enrol command that is not finished. The engine completes it, even if processes are killed
 * meanwhile.
 */
export type Enrolment = {
  /** Id of the request that it came from. */
  readonly id: string;
  /** The decisions made when it was accepted; each vendor has its own shape. Contains no personal data. */
  readonly plan: JsonObject;
  readonly plannedAtMs: number;
  /** Subjects of done steps that no later read shows: the assessor of an aim, an additional assessor. */
  readonly milestones: readonly string[];
};

/** The choices of the person who enrols. */
export type EnrolmentChoices = {
  readonly centre: string | null;
  /** Reference or key (`reference/seq`) of a qualification to the vendor id of the standard or course. */
  readonly pathways: Readonly<Record<string, string>>;
  /** Create a second record even if the person may exist at the vendor. */
  readonly createAnyway: boolean;
};

export type PlanFault = { readonly code: string; readonly params: Readonly<Record<string, string>> };

/** `none`: nothing matches and none is needed. `missing`: nothing matches and the vendor demands one. */
export type PartnerWay = 'linked' | 'matched' | 'create' | 'fallback' | 'none' | 'missing';

/** An officer, organisation or classroom of an enrolment. `vendorId` null = it will be created. */
export type Partner = {
  /** PICS code; null for a fallback and for classrooms. */
  readonly code: string | null;
  readonly name: string | null;
  /**
   * The parts it is used in: `main officer`, `601/1234/5 (1)`, `additional ASR2`, `review`, `placement`,
   * `classroom`.
   */
  readonly parts: readonly string[];
  readonly way: PartnerWay;
  readonly vendorId: string | null;
};

export type PlannedQualification = {
  readonly key: string;
  readonly reference: string;
  readonly title: string | null;
  /** `inactive`: the vendor has it, and it must be switched on there first. */
  readonly state: 'available' | 'choose' | 'unavailable' | 'inactive';
  readonly pathways: readonly { readonly id: string; readonly title: string | null }[];
  readonly chosen: string | null;
};

/**
 * What an enrolment would do (OF-12), shown as a preview and accepted or refused as a command. Planning
 * sends nothing.
 */
export type EnrolmentPlan = {
  /** The first check that fails, in the order of the checks; null = the enrolment can go ahead. */
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
  /** Null: the vendor has no such thing. */
  readonly classroom: Partner | null;
  readonly qualifications: readonly PlannedQualification[];
  /** Reviews that will be uploaded. */
  readonly reviewCount: number;
  /** Stored with the accepted enrolment: what its steps need and a fresh read cannot show. */
  readonly accepted: JsonObject;
};

export type KeptEnrolment = {
  readonly state: 'open' | 'done' | 'superseded';
  readonly plan: JsonObject;
};
