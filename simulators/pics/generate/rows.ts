/*
 * The tables of schema `pics` and their columns, as the generator fills them: rows of one learner, and rows that
 * learners share. load.ts inserts them by these names; the schema itself is in schema.sql.
 */

/** Rows of schema `pics` as the generator makes them. Dates and times are text, as Postgres takes them. */
type Text = string | null;

export interface TraineeRow {
  ident: string;
  title: Text;
  firstname: string;
  surname: string;
  prefname: Text;
  prevsurn: Text;
  sex: Text;
  birthdate: Text;
  ninumber: Text;
  addr1: Text;
  addr2: Text;
  addr3: Text;
  addr4: Text;
  addr5: Text;
  postcode: Text;
  phone: Text;
  mobile: Text;
  status: Text;
  suspended: Text;
  group: Text;
  subgrp: Text;
  scheme: Text;
  site: Text;
  emp_ref: Text;
  fundorg: Text;
  main_off: Text;
  tr_start: Text;
  tr_end: Text;
  notes: Text;
  chg_on: Text;
  chg_by: Text;
}

export interface EpidataRow {
  ident: string;
  tr_expect: Text;
  off_train: Text;
  ini_ref: Text;
  qualplan: Text;
  risk: Text;
  endtype: Text;
  compstat: Text;
  outcome: Text;
  wdreason: Text;
}

export interface PctrndetRow {
  ident: string;
  email: Text;
  miap_uln: Text;
  lsc_ulin: Text;
  miap_fpn: Text;
  prov_id: Text;
  ethnic: Text;
  disab: Text;
  prim_lldd: Text;
  eportype: Text;
  other_sys_id: Text;
  portfolio_id: Text;
}

export interface OfficerRow {
  code: string;
  title: Text;
  jobtitle: Text;
  forename: string;
  surname: string;
  phone: Text;
  mobile: Text;
  email: Text;
  extern: Text;
  status: Text;
  superior: Text;
  main_place: Text;
  cont_meth: Text;
  notes: Text;
  other_id: Text;
}

export interface PlacemntRow {
  place: string;
  name: string;
  addr1: Text;
  addr2: Text;
  addr3: Text;
  addr4: Text;
  addr5: Text;
  postcode: Text;
  phone: Text;
  email: Text;
  website: Text;
  edrs: Text;
  epaorg: Text;
  emp_size: Text;
  emp_count: number | null;
  risk: Text;
  status: Text;
  company: Text;
  ukprn: Text;
  main_off: Text;
  contact: Text;
  notes: Text;
  add_id: Text;
}

export interface TrplaceRow {
  ident: string;
  seq: number;
  place: string;
  type: string;
  start: Text;
  end: Text;
}

export interface PcqualRow {
  vqref: string;
  vqdesc: string;
  vqlevel: Text;
  natlevel: Text;
  vqtype: Text;
  abody: Text;
  abref: Text;
  status: Text;
}

export interface TrqualRow {
  ident: string;
  vqref: string;
  seq: number;
  type: string;
  qstart: Text;
  qexpect: Text;
  qend: Text;
  officer: Text;
  regno: Text;
  regdate: Text;
  certappl: Text;
  certrecd: Text;
  tot_elem: number | null;
  done_elem: number | null;
  chg_on: Text;
}

export interface TrunitRow {
  ident: string;
  vqref: string;
  seq: number;
  unitref: string;
  utitle: Text;
  ustart: Text;
  udue: Text;
  udone: Text;
  ustatus: Text;
  mandatory: Text;
}

export interface ReviewRow {
  id: string;
  ident: string;
  type: string;
  proposed: Text;
  actual: Text;
  attended: Text;
  initials: Text;
  tr_signed: Text;
  mentor: Text;
  off_signed: Text;
  emp_signed: Text;
  onefile_id: Text;
  sa_event_id: Text;
  notes: Text;
  user_def_1: Text;
  chg_on: Text;
}

export interface TrainoffRow {
  ident: string;
  reltype: string;
  code: string;
}

export interface TrtagRow {
  ident: string;
  tagname: string;
  main: Text;
}

/** Everything PICS holds about one learner, by table. */
export interface LearnerRows {
  trainee: TraineeRow[];
  epidata: EpidataRow[];
  pctrndet: PctrndetRow[];
  trplace: TrplaceRow[];
  trqual: TrqualRow[];
  trunit: TrunitRow[];
  itp_revu: ReviewRow[];
  trainoff: TrainoffRow[];
  trtag: TrtagRow[];
}

/** The tables that do not belong to one learner. */
export interface SharedRows {
  revtype: { code: string; descr: string; normal: Text }[];
  sysconf: { name: string; value: Text }[];
  pcqual: PcqualRow[];
  officer: OfficerRow[];
  offrole: { code: string; role: string }[];
  placemnt: PlacemntRow[];
  plrole: { place: string; role: string }[];
}

export type PicsRows = SharedRows & LearnerRows;
export type PicsTable = keyof PicsRows;

export const sharedTables = [
  'revtype',
  'sysconf',
  'pcqual',
  'officer',
  'offrole',
  'placemnt',
  'plrole',
] as const satisfies readonly (keyof SharedRows)[];

export const learnerTables = [
  'trainee',
  'epidata',
  'pctrndet',
  'trplace',
  'trqual',
  'trunit',
  'itp_revu',
  'trainoff',
  'trtag',
] as const satisfies readonly (keyof LearnerRows)[];

export const picsTables: readonly PicsTable[] = [...sharedTables, ...learnerTables];
