/**
 * A captured table: the columns that leave the PICS database and may enter Kafka, each with the rules that
 * read it.
 *
 * A column is listed because a rule reacts to its changes. Free text (notes), address line 5, user-defined
 * fields, change stamps, mentors and the outcome of a command are not listed and never leave PICS. The
 * connector's `column.include.list` is built from this table.
 */
interface CapturedTable {
  schema: 'pics' | 'picsync';
  table: string;
  /** FULL where a rule compares old with new values, or where the key does not contain the learner. */
  replicaIdentity: 'full' | 'default';
  /** From column name to the rules that read it. */
  columns: Readonly<Record<string, string>>;
}

const learnerDetail = 'OF-14, OF-70, SA-5, SA-50';
const officerDetail = 'OF-71, SA-8, SA-53';
const organisationDetail = 'OF-72, SA-54';
const laterQualification = 'OF-16, SA-14';
const reviewUpload = 'OF-50, OF-51, OF-52';

export const capturedTables: readonly CapturedTable[] = [
  {
    schema: 'pics',
    table: 'trainee',
    replicaIdentity: 'full',
    columns: {
      ident: 'key',
      firstname: learnerDetail,
      surname: learnerDetail,
      sex: 'OF-70, SA-6, SA-52',
      birthdate: learnerDetail,
      ninumber: learnerDetail,
      addr1: learnerDetail,
      addr2: learnerDetail,
      addr3: learnerDetail,
      addr4: learnerDetail,
      postcode: learnerDetail,
      phone: learnerDetail,
      mobile: learnerDetail,
      status: 'OF-40',
      suspended: 'OF-81, SA-60',
      main_off: 'OF-13, SA-15',
      tr_start: 'OF-81, SA-60',
      tr_end: 'OF-40',
    },
  },
  {
    schema: 'pics',
    table: 'epidata',
    replicaIdentity: 'full',
    columns: { ident: 'key', tr_expect: 'OF-81, SA-60', risk: 'SA-4' },
  },
  {
    schema: 'pics',
    table: 'pctrndet',
    replicaIdentity: 'full',
    columns: {
      ident: 'key',
      email: learnerDetail,
      miap_uln: 'OF-70, SA-51',
      ethnic: 'OF-70',
      disab: 'OF-70',
      prim_lldd: 'OF-70',
      eportype: 'OF-45, SA-32',
      other_sys_id: 'OF-24',
      portfolio_id: 'SA-18',
    },
  },
  {
    schema: 'pics',
    table: 'officer',
    replicaIdentity: 'full',
    columns: {
      code: 'key',
      forename: officerDetail,
      surname: officerDetail,
      phone: officerDetail,
      mobile: officerDetail,
      email: officerDetail,
      other_id: 'OF-30, SA-20',
      status: 'OF-20, SA-15',
    },
  },
  {
    schema: 'pics',
    table: 'placemnt',
    replicaIdentity: 'full',
    columns: {
      place: 'key',
      name: organisationDetail,
      addr1: organisationDetail,
      addr2: organisationDetail,
      addr3: organisationDetail,
      addr4: organisationDetail,
      postcode: organisationDetail,
      phone: organisationDetail,
      email: organisationDetail,
      website: organisationDetail,
      add_id: 'OF-33, SA-24',
    },
  },
  {
    schema: 'pics',
    table: 'trplace',
    replicaIdentity: 'full',
    columns: {
      ident: 'key',
      seq: 'key',
      place: 'OF-22, SA-17',
      type: 'OF-22, SA-17',
      start: 'OF-22, SA-17',
      end: 'OF-22, SA-17',
    },
  },
  {
    schema: 'pics',
    table: 'trqual',
    replicaIdentity: 'full',
    columns: {
      ident: 'key',
      vqref: 'key',
      seq: 'key',
      type: laterQualification,
      qstart: laterQualification,
      qexpect: laterQualification,
      qend: laterQualification,
      officer: laterQualification,
      regno: 'OF-42, OF-46',
      regdate: 'OF-42, OF-46',
      certappl: 'OF-43, OF-46',
      certrecd: 'OF-44, OF-46',
      tot_elem: 'OF-45, SA-32',
      done_elem: 'OF-45, SA-32',
    },
  },
  {
    schema: 'pics',
    table: 'itp_revu',
    replicaIdentity: 'full',
    columns: {
      id: 'key',
      ident: reviewUpload,
      type: reviewUpload,
      proposed: reviewUpload,
      actual: 'OF-50, OF-52, OF-54',
      attended: 'OF-50, OF-52, OF-54',
      initials: reviewUpload,
      tr_signed: 'OF-56',
      onefile_id: 'OF-53, OF-58',
      sa_event_id: 'SA-41',
    },
  },
  {
    schema: 'picsync',
    table: 'request',
    replicaIdentity: 'default',
    columns: {
      id: 'key',
      kind: 'command',
      vendor: 'command',
      ident: 'command',
      officer: 'command',
      place: 'command',
      payload: 'command',
      requested_by: 'command',
      requested_at: 'command',
      status: 'command: only an inserted row with status new starts work',
    },
  },
  {
    schema: 'picsync',
    table: 'heartbeat',
    replicaIdentity: 'default',
    columns: { id: 'delay of the capture', beat_at: 'delay of the capture' },
  },
  {
    schema: 'picsync',
    table: 'signal',
    replicaIdentity: 'default',
    columns: { id: 'incremental snapshots', type: 'incremental snapshots', data: 'incremental snapshots' },
  },
];

/** `table.include.list` of the connector: anchored regular expressions, comma separated. */
export function toTableIncludeList(tables: readonly CapturedTable[]): string {
  return tables.map(({ schema, table }) => `${schema}\\.${table}`).join(',');
}

/** `column.include.list` of the connector. */
export function toColumnIncludeList(tables: readonly CapturedTable[]): string {
  return tables
    .flatMap(({ schema, table, columns }) =>
      Object.keys(columns).map((column) => `${schema}\\.${table}\\.${column}`),
    )
    .join(',');
}

/**
 * The columns that the sync may write in PICS. The grants of its role are built from these tables.
 *
 * The sync never deletes a row of schema `pics` and never creates a learner, an officer, an organisation or
 * a delivery qualification, so it has INSERT only for reviews (OF-53, SA-41). The ULN is not listed: it is
 * never written (SA-51).
 */
export const updatableColumns: Readonly<Record<string, readonly string[]>> = {
  trainee: [
    'firstname',
    'surname',
    'sex',
    'birthdate',
    'ninumber',
    'addr1',
    'addr2',
    'addr3',
    'addr4',
    'addr5',
    'postcode',
    'phone',
    'mobile',
  ],
  epidata: ['risk'],
  pctrndet: ['email', 'ethnic', 'disab', 'prim_lldd', 'eportype', 'other_sys_id', 'portfolio_id'],
  officer: ['forename', 'surname', 'phone', 'mobile', 'email', 'other_id'],
  placemnt: [
    'name',
    'addr1',
    'addr2',
    'addr3',
    'addr4',
    'addr5',
    'postcode',
    'phone',
    'email',
    'website',
    'add_id',
  ],
  trqual: ['regno', 'regdate', 'certappl', 'certrecd', 'tot_elem', 'done_elem'],
  itp_revu: [
    'id',
    'ident',
    'type',
    'proposed',
    'actual',
    'attended',
    'initials',
    'tr_signed',
    'onefile_id',
    'sa_event_id',
  ],
};

export const insertableColumns: Readonly<Record<string, readonly string[]>> = {
  itp_revu: updatableColumns['itp_revu'] ?? [],
};

/** Tables that are read with a learner or when needed, but not captured. */
export const readOnlyTables: readonly string[] = [
  'trainoff',
  'trtag',
  'trunit',
  'offrole',
  'plrole',
  'pcqual',
  'revtype',
  'sysconf',
];

/**
 * Columns of `picsync.request` that the giver of a command fills in. The sync writes the others as its
 * answer.
 */
export const requestInputColumns: readonly string[] = [
  'id',
  'kind',
  'vendor',
  'ident',
  'officer',
  'place',
  'payload',
  'requested_by',
];

export const requestAnswerColumns: readonly string[] = [
  'status',
  'code',
  'message',
  'result',
  'attempts',
  'started_at',
  'finished_at',
];
