import type { ChangeEntity } from '../domain/change.ts';

/**
 * How a column is stored. `text` is usually `char(n)` and therefore padded; `local-time` is London time
 * without a zone.
 */
export type ColumnKind = 'text' | 'date' | 'local-time' | 'instant' | 'integer' | 'uuid' | 'json';

type Columns = Readonly<Record<string, readonly [column: string, kind: ColumnKind]>>;
type ReferenceTable = {
  readonly schema: 'pics' | 'picsync';
  readonly table: string;
  readonly columns: Columns;
};

/**
 * The only place where PICS's legacy names meet ours: our field name → column of the reference schema and
 * its kind.
 *
 * A table has the name of the entity in its changes. Tables that are read but not captured have their own
 * names.
 */
export const referenceTables = {
  learner: {
    schema: 'pics',
    table: 'trainee',
    columns: {
      ident: ['ident', 'text'],
      title: ['title', 'text'],
      firstName: ['firstname', 'text'],
      surname: ['surname', 'text'],
      sex: ['sex', 'text'],
      birthDate: ['birthdate', 'date'],
      niNumber: ['ninumber', 'text'],
      address1: ['addr1', 'text'],
      address2: ['addr2', 'text'],
      address3: ['addr3', 'text'],
      address4: ['addr4', 'text'],
      postcode: ['postcode', 'text'],
      phone: ['phone', 'text'],
      mobile: ['mobile', 'text'],
      status: ['status', 'text'],
      suspended: ['suspended', 'text'],
      site: ['site', 'text'],
      mainOfficer: ['main_off', 'text'],
      startOn: ['tr_start', 'date'],
      endOn: ['tr_end', 'date'],
    },
  },
  episode: {
    schema: 'pics',
    table: 'epidata',
    columns: { ident: ['ident', 'text'], expectedEndOn: ['tr_expect', 'date'], risk: ['risk', 'text'] },
  },
  'learner-details': {
    schema: 'pics',
    table: 'pctrndet',
    columns: {
      ident: ['ident', 'text'],
      email: ['email', 'text'],
      uln: ['miap_uln', 'text'],
      lrn: ['lsc_ulin', 'text'],
      ethnicity: ['ethnic', 'text'],
      disability: ['disab', 'text'],
      primaryDifficulty: ['prim_lldd', 'text'],
      activePortfolio: ['eportype', 'text'],
      oneFileId: ['other_sys_id', 'text'],
      smartAssessorId: ['portfolio_id', 'text'],
    },
  },
  officer: {
    schema: 'pics',
    table: 'officer',
    columns: {
      code: ['code', 'text'],
      firstName: ['forename', 'text'],
      surname: ['surname', 'text'],
      phone: ['phone', 'text'],
      mobile: ['mobile', 'text'],
      email: ['email', 'text'],
      externalId: ['other_id', 'text'],
      status: ['status', 'text'],
    },
  },
  organisation: {
    schema: 'pics',
    table: 'placemnt',
    columns: {
      code: ['place', 'text'],
      name: ['name', 'text'],
      address1: ['addr1', 'text'],
      address2: ['addr2', 'text'],
      address3: ['addr3', 'text'],
      address4: ['addr4', 'text'],
      postcode: ['postcode', 'text'],
      phone: ['phone', 'text'],
      email: ['email', 'text'],
      website: ['website', 'text'],
      edrs: ['edrs', 'text'],
      sizeBand: ['emp_size', 'text'],
      headCount: ['emp_count', 'integer'],
      externalId: ['add_id', 'text'],
    },
  },
  placement: {
    schema: 'pics',
    table: 'trplace',
    columns: {
      ident: ['ident', 'text'],
      seq: ['seq', 'integer'],
      organisation: ['place', 'text'],
      type: ['type', 'text'],
      startOn: ['start', 'date'],
      endOn: ['end', 'date'],
    },
  },
  qualification: {
    schema: 'pics',
    table: 'trqual',
    columns: {
      ident: ['ident', 'text'],
      reference: ['vqref', 'text'],
      seq: ['seq', 'integer'],
      type: ['type', 'text'],
      startOn: ['qstart', 'date'],
      expectedEndOn: ['qexpect', 'date'],
      endOn: ['qend', 'date'],
      officer: ['officer', 'text'],
      registrationNumber: ['regno', 'text'],
      registeredOn: ['regdate', 'date'],
      certificateAppliedOn: ['certappl', 'date'],
      certificateReceivedOn: ['certrecd', 'date'],
      elementsTotal: ['tot_elem', 'integer'],
      elementsDone: ['done_elem', 'integer'],
    },
  },
  review: {
    schema: 'pics',
    table: 'itp_revu',
    columns: {
      id: ['id', 'uuid'],
      ident: ['ident', 'text'],
      type: ['type', 'text'],
      proposedAt: ['proposed', 'local-time'],
      actualAt: ['actual', 'local-time'],
      attended: ['attended', 'text'],
      officer: ['initials', 'text'],
      learnerSignedOn: ['tr_signed', 'date'],
      oneFileId: ['onefile_id', 'text'],
      smartAssessorId: ['sa_event_id', 'text'],
    },
  },
  request: {
    schema: 'picsync',
    table: 'request',
    columns: {
      id: ['id', 'uuid'],
      kind: ['kind', 'text'],
      vendor: ['vendor', 'text'],
      ident: ['ident', 'text'],
      officer: ['officer', 'text'],
      organisation: ['place', 'text'],
      payload: ['payload', 'json'],
      requestedBy: ['requested_by', 'text'],
      requestedAt: ['requested_at', 'instant'],
      status: ['status', 'text'],
    },
  },
  heartbeat: {
    schema: 'picsync',
    table: 'heartbeat',
    columns: { id: ['id', 'integer'], beatAt: ['beat_at', 'instant'] },
  },
  canary: {
    schema: 'picsync',
    table: 'canary',
    columns: { id: ['id', 'integer'], probe: ['probe', 'integer'], state: ['state', 'text'] },
  },
  'catalogue-entry': {
    schema: 'pics',
    table: 'pcqual',
    columns: { reference: ['vqref', 'text'], title: ['vqdesc', 'text'] },
  },
  unit: {
    schema: 'pics',
    table: 'trunit',
    columns: { ident: ['ident', 'text'], reference: ['vqref', 'text'], seq: ['seq', 'integer'] },
  },
  'related-officer': {
    schema: 'pics',
    table: 'trainoff',
    columns: { ident: ['ident', 'text'], relation: ['reltype', 'text'], officer: ['code', 'text'] },
  },
  tag: {
    schema: 'pics',
    table: 'trtag',
    columns: { ident: ['ident', 'text'], name: ['tagname', 'text'], isMain: ['main', 'text'] },
  },
  'review-type': {
    schema: 'pics',
    table: 'revtype',
    columns: { code: ['code', 'text'], description: ['descr', 'text'], isNormal: ['normal', 'text'] },
  },
  'product-setting': {
    schema: 'pics',
    table: 'sysconf',
    columns: { name: ['name', 'text'], value: ['value', 'text'] },
  },
} as const satisfies Record<string, ReferenceTable>;

export type TableName = keyof typeof referenceTables;
export type FieldName<T extends TableName> = keyof (typeof referenceTables)[T]['columns'] & string;

/** The captured tables of PICS, with the fields of their primary keys. Only these and the signals leave PICS. */
export const keyFields = {
  learner: ['ident'],
  episode: ['ident'],
  'learner-details': ['ident'],
  officer: ['code'],
  organisation: ['code'],
  placement: ['ident', 'seq'],
  qualification: ['ident', 'reference', 'seq'],
  review: ['id'],
  request: ['id'],
  heartbeat: ['id'],
  canary: ['id'],
} as const satisfies Record<ChangeEntity, readonly string[]>;
