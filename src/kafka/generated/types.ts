// Made by `npm run generate` from schemas/*.avsc. Change those.

/** An assessor or trainee assessor of OneFile. */
export type OnefileAssessorRecord = {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly misId: string | null;
  /** 4 trainee assessor, 5 assessor */
  readonly role: number | null;
  /** null where the vendor does not say */
  readonly archived: boolean | null;
  readonly lastModifiedAtMs: number | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileAssessorObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileAssessorRecord | null;
};

/** A classroom of OneFile. */
export type OnefileClassroomRecord = {
  readonly id: string;
  readonly name: string | null;
  readonly misId: string | null;
  readonly archived: boolean | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileClassroomObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileClassroomRecord | null;
};

/** A learner of OneFile. */
export type OnefileLearnerRecord = {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly misId: string | null;
  /** YYYY-MM-DD */
  readonly dob: string | null;
  readonly uln: string | null;
  readonly nino: string | null;
  readonly defaultAssessorId: string | null;
  readonly defaultEmployerId: string | null;
  readonly placementId: string | null;
  readonly classroomId: string | null;
  /** YYYY-MM-DD */
  readonly startOn: string | null;
  /** YYYY-MM-DD */
  readonly plannedEndOn: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  /** M or F; null for anything else */
  readonly sex: string | null;
  readonly ethnicity: string | null;
  readonly disability: string | null;
  /** null where the vendor does not say */
  readonly archived: boolean | null;
  readonly lastModifiedAtMs: number | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileLearnerObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileLearnerRecord | null;
};

/** A learner's own instance of a standard. */
export type OnefileLearningAimRecord = {
  readonly id: string;
  readonly standardId: string | null;
  /** the standard's code */
  readonly reference: string | null;
  readonly learnerId: string | null;
  readonly status: number | null;
  /** 0 to 100 */
  readonly progress: number | null;
  /** YYYY-MM-DD */
  readonly startOn: string | null;
  /** YYYY-MM-DD */
  readonly plannedEndOn: string | null;
  /** YYYY-MM-DD */
  readonly achievedOn: string | null;
  readonly registrationNumber: string | null;
  /** YYYY-MM-DD */
  readonly registeredOn: string | null;
  /** YYYY-MM-DD */
  readonly certificateAppliedOn: string | null;
  /** YYYY-MM-DD */
  readonly certificateReceivedOn: string | null;
  /** only where the vendor says the pair */
  readonly elementsTotal: number | null;
  /** only where the vendor says the pair */
  readonly elementsDone: number | null;
  /** our names of dates whose text is no date; null when all can be read */
  readonly unreadable: readonly (string)[] | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileLearningAimObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileLearningAimRecord | null;
};

/** A placement (employer) of OneFile. */
export type OnefilePlacementRecord = {
  readonly id: string;
  readonly name: string | null;
  readonly misId: string | null;
  readonly active: boolean | null;
  readonly address: string | null;
  readonly contact: string | null;
  readonly email: string | null;
  readonly telephone: string | null;
  readonly web: string | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefilePlacementObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefilePlacementRecord | null;
};

/** A review of OneFile. Its state follows from its times. */
export type OnefileReviewRecord = {
  readonly id: string;
  readonly learnerId: string | null;
  readonly assessorId: string | null;
  readonly employerId: string | null;
  readonly visitId: string | null;
  readonly scheduledForMs: number | null;
  readonly endTimeMs: number | null;
  readonly startedAtMs: number | null;
  readonly assessorSignedAtMs: number | null;
  readonly learnerSignedAtMs: number | null;
  readonly employerSignedAtMs: number | null;
  /** our names of dates whose text is no date; null when all can be read */
  readonly unreadable: readonly (string)[] | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileReviewObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileReviewRecord | null;
};

/** A standard of OneFile; several may carry one code. */
export type OnefileStandardRecord = {
  readonly id: string;
  readonly title: string | null;
  /** qualification code, null where the vendor shows none */
  readonly code: string | null;
};

/** What OneFile showed of one record, in our normal form: trimmed, blank = null, ids as text, times in epoch milliseconds. */
export type OnefileStandardObservation = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly entity: string;
  readonly vendorId: string;
  /** null for records of the centre */
  readonly learnerVendorId: string | null;
  readonly observedAtMs: number;
  readonly cause: 'poll' | 'refresh' | 'before-write' | 'after-write' | 'sweep';
  readonly deleted: boolean;
  readonly record: OnefileStandardRecord | null;
};

export type PicsEpidataValue = {
  readonly ident: string | null;
  readonly tr_expect: string | null;
  readonly risk: string | null;
};

export type PicsEpidataSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.epidata: only what we use. A column that was dropped reads as null. */
export type PicsEpidataEnvelope = {
  readonly before: PicsEpidataValue | null;
  readonly after: PicsEpidataValue | null;
  readonly source: PicsEpidataSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsHeartbeatValue = {
  readonly id: number | null;
  readonly beat_at: string | null;
};

export type PicsHeartbeatSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of picsync.heartbeat: only what we use. A column that was dropped reads as null. */
export type PicsHeartbeatEnvelope = {
  readonly before: PicsHeartbeatValue | null;
  readonly after: PicsHeartbeatValue | null;
  readonly source: PicsHeartbeatSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsItpRevuValue = {
  readonly id: string | null;
  readonly ident: string | null;
  readonly type: string | null;
  readonly proposed: string | null;
  readonly actual: string | null;
  readonly attended: string | null;
  readonly initials: string | null;
  readonly tr_signed: string | null;
  readonly onefile_id: string | null;
  readonly sa_event_id: string | null;
};

export type PicsItpRevuSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.itp_revu: only what we use. A column that was dropped reads as null. */
export type PicsItpRevuEnvelope = {
  readonly before: PicsItpRevuValue | null;
  readonly after: PicsItpRevuValue | null;
  readonly source: PicsItpRevuSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsOfficerValue = {
  readonly code: string | null;
  readonly forename: string | null;
  readonly surname: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly email: string | null;
  readonly other_id: string | null;
};

export type PicsOfficerSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.officer: only what we use. A column that was dropped reads as null. */
export type PicsOfficerEnvelope = {
  readonly before: PicsOfficerValue | null;
  readonly after: PicsOfficerValue | null;
  readonly source: PicsOfficerSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsPctrndetValue = {
  readonly ident: string | null;
  readonly email: string | null;
  readonly miap_uln: string | null;
  readonly ethnic: string | null;
  readonly disab: string | null;
  readonly prim_lldd: string | null;
  readonly eportype: string | null;
  readonly other_sys_id: string | null;
  readonly portfolio_id: string | null;
};

export type PicsPctrndetSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.pctrndet: only what we use. A column that was dropped reads as null. */
export type PicsPctrndetEnvelope = {
  readonly before: PicsPctrndetValue | null;
  readonly after: PicsPctrndetValue | null;
  readonly source: PicsPctrndetSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsPlacemntValue = {
  readonly place: string | null;
  readonly name: string | null;
  readonly addr1: string | null;
  readonly addr2: string | null;
  readonly addr3: string | null;
  readonly addr4: string | null;
  readonly postcode: string | null;
  readonly phone: string | null;
  readonly email: string | null;
  readonly website: string | null;
  readonly add_id: string | null;
};

export type PicsPlacemntSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.placemnt: only what we use. A column that was dropped reads as null. */
export type PicsPlacemntEnvelope = {
  readonly before: PicsPlacemntValue | null;
  readonly after: PicsPlacemntValue | null;
  readonly source: PicsPlacemntSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsRequestValue = {
  readonly id: string | null;
  readonly kind: string | null;
  readonly vendor: string | null;
  readonly ident: string | null;
  readonly officer: string | null;
  readonly place: string | null;
  readonly payload: string | null;
  readonly requested_by: string | null;
  readonly requested_at: string | null;
  readonly status: string | null;
};

export type PicsRequestSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of picsync.request: only what we use. A column that was dropped reads as null. */
export type PicsRequestEnvelope = {
  readonly before: PicsRequestValue | null;
  readonly after: PicsRequestValue | null;
  readonly source: PicsRequestSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsTraineeValue = {
  readonly ident: string | null;
  readonly firstname: string | null;
  readonly surname: string | null;
  readonly sex: string | null;
  readonly birthdate: string | null;
  readonly ninumber: string | null;
  readonly addr1: string | null;
  readonly addr2: string | null;
  readonly addr3: string | null;
  readonly addr4: string | null;
  readonly postcode: string | null;
  readonly phone: string | null;
  readonly mobile: string | null;
  readonly status: string | null;
  readonly suspended: string | null;
  readonly main_off: string | null;
  readonly tr_start: string | null;
  readonly tr_end: string | null;
};

export type PicsTraineeSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.trainee: only what we use. A column that was dropped reads as null. */
export type PicsTraineeEnvelope = {
  readonly before: PicsTraineeValue | null;
  readonly after: PicsTraineeValue | null;
  readonly source: PicsTraineeSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsTrplaceValue = {
  readonly ident: string | null;
  readonly seq: number | null;
  readonly place: string | null;
  readonly type: string | null;
  readonly start: string | null;
  readonly end: string | null;
};

export type PicsTrplaceSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.trplace: only what we use. A column that was dropped reads as null. */
export type PicsTrplaceEnvelope = {
  readonly before: PicsTrplaceValue | null;
  readonly after: PicsTrplaceValue | null;
  readonly source: PicsTrplaceSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

export type PicsTrqualValue = {
  readonly ident: string | null;
  readonly vqref: string | null;
  readonly seq: number | null;
  readonly type: string | null;
  readonly qstart: string | null;
  readonly qexpect: string | null;
  readonly qend: string | null;
  readonly officer: string | null;
  readonly regno: string | null;
  readonly regdate: string | null;
  readonly certappl: string | null;
  readonly certrecd: string | null;
  readonly tot_elem: number | null;
  readonly done_elem: number | null;
};

export type PicsTrqualSource = {
  readonly snapshot: string | null;
  /** replication origin of the transaction */
  readonly origin: string | null;
  /** 32-bit transaction id */
  readonly txId: number | null;
  readonly lsn: number | null;
  /** commit time */
  readonly ts_ms: number | null;
};

/** How we read a change of pics.trqual: only what we use. A column that was dropped reads as null. */
export type PicsTrqualEnvelope = {
  readonly before: PicsTrqualValue | null;
  readonly after: PicsTrqualValue | null;
  readonly source: PicsTrqualSource;
  readonly op: string;
  /** when the connector saw it */
  readonly ts_ms: number | null;
};

/** Where a record lies that nobody can read, and why. Never what is in it. */
export type PicsyncDeadLetter = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** reason code */
  readonly reason: string;
  /** consumer group that met it */
  readonly group: string;
  readonly recordedAtMs: number;
  readonly recordTimestampMs: number | null;
};

/** A link made or dropped by the sync, for PICS's id columns. */
export type PicsyncLink = {
  readonly vendor: 'onefile' | 'smartassessor';
  readonly centre: string;
  readonly kind: 'learner' | 'officer' | 'organisation' | 'qualification' | 'review' | 'visit';
  readonly picsId: string;
  readonly vendorId: string;
  /** null for officers and organisations */
  readonly ident: string | null;
  readonly how: 'looked-up' | 'created' | 'typed' | 'matched';
  readonly copiedAtMs: number | null;
  readonly removed: boolean;
};

/** State and message of a user command, to be written back into its row. */
export type PicsyncRequestResult = {
  readonly id: string;
  readonly status: 'working' | 'done' | 'refused' | 'failed' | 'held' | 'skipped';
  readonly code: string | null;
  readonly message: string | null;
  /** JSON text */
  readonly result: string | null;
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
};

/** By name of the schema: what a decoded value is. */
export type SchemaTypes = {
  'onefile.assessor': OnefileAssessorObservation;
  'onefile.classroom': OnefileClassroomObservation;
  'onefile.learner': OnefileLearnerObservation;
  'onefile.learning-aim': OnefileLearningAimObservation;
  'onefile.placement': OnefilePlacementObservation;
  'onefile.review': OnefileReviewObservation;
  'onefile.standard': OnefileStandardObservation;
  'pics.epidata': PicsEpidataEnvelope;
  'pics.heartbeat': PicsHeartbeatEnvelope;
  'pics.itp_revu': PicsItpRevuEnvelope;
  'pics.officer': PicsOfficerEnvelope;
  'pics.pctrndet': PicsPctrndetEnvelope;
  'pics.placemnt': PicsPlacemntEnvelope;
  'pics.request': PicsRequestEnvelope;
  'pics.trainee': PicsTraineeEnvelope;
  'pics.trplace': PicsTrplaceEnvelope;
  'pics.trqual': PicsTrqualEnvelope;
  'picsync.dead-letter': PicsyncDeadLetter;
  'picsync.link': PicsyncLink;
  'picsync.request-result': PicsyncRequestResult;
};

export type SchemaName = keyof SchemaTypes;
