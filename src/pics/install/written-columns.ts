/**
 * What the sync may write in PICS, and nothing else: the grants of its role are made from these tables.
 *
 * The sync never deletes a row of schema `pics`, never makes a learner, an officer, an organisation or a delivery
 * qualification, and so has no INSERT but for reviews (OF-53, SA-41). The ULN is not here: it is never written (SA-51).
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

/** Read with a learner or when needed, and not captured. */
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

/** Columns of `picsync.request` that whoever gives a command fills in; the others are the sync's answer. */
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
