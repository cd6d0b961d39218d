-- Reference schema `pics`: what a Postgres mirror of PICS is taken to look like. It stands in for the real PICS in
-- the demo and the tests; a real site has its own.
--
-- Text is fixed width (char(n)), so values come back padded. No foreign keys: orphans are normal.

create schema if not exists pics;

create table if not exists pics."trainee" (
  "ident" char(8) primary key,
  "title" char(1),
  "firstname" char(100),
  "surname" char(100),
  "prefname" char(30),
  "prevsurn" char(30),
  "sex" char(1),
  "birthdate" date,
  "ninumber" char(9),
  "addr1" char(50),
  "addr2" char(50),
  "addr3" char(50),
  "addr4" char(50),
  "addr5" char(50),
  "postcode" char(8),
  "phone" char(20),
  "mobile" char(20),
  "status" char(1),
  "suspended" char(1),
  "group" char(1),
  "subgrp" char(1),
  "scheme" char(6),
  "site" char(6),
  "emp_ref" char(8),
  "fundorg" char(8),
  "main_off" char(6),
  "tr_start" date,
  "tr_end" date,
  "notes" text,
  "chg_on" timestamp(0),
  "chg_by" char(10)
);

create table if not exists pics."epidata" (
  "ident" char(8) primary key,
  "tr_expect" date,
  "off_train" char(6),
  "ini_ref" char(10),
  "qualplan" char(8),
  "risk" char(1),
  "endtype" char(1),
  "compstat" char(1),
  "outcome" char(1),
  "wdreason" char(2)
);

create table if not exists pics."pctrndet" (
  "ident" char(8) primary key,
  "email" char(100),
  "miap_uln" char(10),
  "lsc_ulin" char(12), -- the provider's own reference (LRN), in spite of its name
  "miap_fpn" char(1),
  "prov_id" char(20),
  "ethnic" char(2),
  "disab" char(2),
  "prim_lldd" char(2),
  "eportype" char(1),
  "other_sys_id" char(20),
  "portfolio_id" char(36)
);

create table if not exists pics."officer" (
  "code" char(6) primary key,
  "title" char(1),
  "jobtitle" char(50),
  "forename" char(50),
  "surname" char(50),
  "phone" char(20),
  "mobile" char(20),
  "email" char(100),
  "extern" char(1),
  "status" char(1),
  "superior" char(6),
  "main_place" char(8),
  "cont_meth" char(1),
  "notes" text,
  "other_id" char(50)
);

create table if not exists pics."placemnt" (
  "place" char(8) primary key,
  "name" char(60),
  "addr1" char(50),
  "addr2" char(50),
  "addr3" char(50),
  "addr4" char(50),
  "addr5" char(50),
  "postcode" char(8),
  "phone" char(20),
  "email" char(100),
  "website" char(100),
  "edrs" char(9),
  "epaorg" char(7),
  "emp_size" char(1),
  "emp_count" integer,
  "risk" char(1),
  "status" char(1),
  "company" char(8),
  "ukprn" char(8),
  "main_off" char(6),
  "contact" char(6),
  "notes" text,
  "add_id" char(20)
);

create table if not exists pics."trplace" (
  "ident" char(8),
  "seq" smallint,
  "place" char(8),
  "type" char(1),
  "start" date,
  "end" date,
  primary key ("ident", "seq")
);

create table if not exists pics."pcqual" (
  "vqref" char(10) primary key,
  "vqdesc" char(150),
  "vqlevel" char(2),
  "natlevel" char(2),
  "vqtype" char(2),
  "abody" char(20),
  "abref" char(20),
  "status" char(1)
);

create table if not exists pics."trqual" (
  "ident" char(8),
  "vqref" char(10),
  "seq" smallint,
  "type" char(2),
  "qstart" date,
  "qexpect" date,
  "qend" date,
  "officer" char(6),
  "regno" char(50),
  "regdate" date,
  "certappl" date,
  "certrecd" date,
  "tot_elem" integer,
  "done_elem" integer,
  "chg_on" timestamp(0),
  primary key ("ident", "vqref", "seq")
);

create table if not exists pics."trunit" (
  "ident" char(8),
  "vqref" char(10),
  "seq" smallint,
  "unitref" char(12),
  "utitle" char(150),
  "ustart" date,
  "udue" date,
  "udone" date,
  "ustatus" char(1),
  "mandatory" char(1),
  primary key ("ident", "vqref", "seq", "unitref")
);

create table if not exists pics."itp_revu" (
  "id" uuid primary key,
  "ident" char(8),
  "type" char(1),
  "proposed" timestamp(0),
  "actual" timestamp(0),
  "attended" char(1),
  "initials" char(6),
  "tr_signed" date,
  "mentor" char(6),
  "off_signed" date,
  "emp_signed" date,
  "onefile_id" char(20),
  "sa_event_id" char(50),
  "notes" text,
  "user_def_1" char(30),
  "chg_on" timestamp(0)
);

-- PICS finds a learner's rows by ident on every page; so does the sync.
create index if not exists "itp_revu_ident" on pics."itp_revu" ("ident");

create table if not exists pics."offrole" ("code" char(6), "role" char(4), primary key ("code", "role"));

create table if not exists pics."trainoff" (
  "ident" char(8),
  "reltype" char(4),
  "code" char(6),
  primary key ("ident", "reltype", "code")
);

create table if not exists pics."plrole" ("place" char(8), "role" char(4), primary key ("place", "role"));

create table if not exists pics."revtype" ("code" char(1) primary key, "descr" char(40), "normal" char(1));

create table if not exists pics."trtag" (
  "ident" char(8),
  "tagname" char(60),
  "main" char(1),
  primary key ("ident", "tagname")
);

create table if not exists pics."sysconf" ("name" char(40) primary key, "value" char(200));
