import {
  type AuditEntry,
  type AuditRow,
  failureWindowMs,
  type NewUser,
  type SignInFailures,
  sessionLimits,
  type User,
  type UserRow,
  type UserStore,
} from '../domain/user.ts';
import { type Db, type DeleteSteps, deleteInSteps, runStatement } from './database.ts';

/*
 * Users of the page, their sessions and the audit. All times are the database's, so that several ops processes agree on
 * when a session ends. A session that has ended by its age stays as a row until it is deleted by age; no statement
 * finds it.
 */

const userColumns = `u.name, u.role, u.sees_names as "seesNames", u.must_change as "mustChange"`;
const lasts = `s.opened_at > now() - interval '${sessionLimits.wholeMs} milliseconds'
  and s.used_at > now() - interval '${sessionLimits.idleMs} milliseconds'`;

/** The part of the store's port that is about users. */
export function createUserStore(db: Db): UserStore {
  return {
    list: () => listUsers(db),
    add: (user) => addUser(db, user),
    addFirst: (user) => addFirstUser(db, user),
    remove: (name) => removeUser(db, name),
    readPassword: (name) => readPassword(db, name),
    setPassword: (name, change) => setPassword(db, name, change),
    openSession: (name, digest) => openSession(db, name, digest),
    readSession: (digest, isActive) => readSession(db, digest, isActive),
    endSession: (digest) => endSession(db, digest),
    noteFailure: (of) => noteFailure(db, of),
    countFailures: (of) => countFailures(db, of),
    forgetFailures: (of) => forgetFailures(db, of),
    recordAudit: (entry) => recordAudit(db, entry),
    listAudit: (page) => listAudit(db, page),
  };
}

function listUsers(db: Db): Promise<UserRow[]> {
  const text = `
select ${userColumns}, floor(extract(epoch from u.added_at) * 1000)::float8 as "addedAtMs",
  floor(extract(epoch from u.signed_in_at) * 1000)::float8 as "lastSignInAtMs",
  (select count(*)::integer from sync.page_session s where s.user_name = u.name and ${lasts}) as sessions
from sync.page_user u order by u.name`;
  return runStatement<UserRow>(db, { name: 'list-users', text }, []);
}

async function addUser(db: Db, user: NewUser): Promise<boolean> {
  const text = `
insert into sync.page_user (name, role, sees_names, must_change, password) values ($1, $2, $3, $4, $5)
on conflict (name) do nothing returning 1`;
  return (await runStatement(db, { name: 'add-user', text }, valuesOf(user))).length === 1;
}

/** Two that come at once meet at the unique mark: the later one waits for the first, and adds nothing. */
async function addFirstUser(db: Db, user: NewUser): Promise<boolean> {
  const text = `
insert into sync.page_user (name, role, sees_names, must_change, password, is_first)
select $1::text, $2::text, $3::boolean, $4::boolean, $5::text, true where not exists (select from sync.page_user)
on conflict do nothing returning 1`;
  return (await runStatement(db, { name: 'add-first-user', text }, valuesOf(user))).length === 1;
}

function valuesOf({ name, role, seesNames, mustChange, password }: NewUser): unknown[] {
  return [name, role, seesNames, mustChange, password];
}

async function removeUser(db: Db, name: string): Promise<boolean> {
  const text = 'delete from sync.page_user where name = $1 returning 1';
  return (await runStatement(db, { name: 'remove-user', text }, [name])).length === 1;
}

async function readPassword(db: Db, name: string): Promise<string | null> {
  const text = 'select password from sync.page_user where name = $1';
  const [row] = await runStatement<{ password: string }>(db, { name: 'read-password', text }, [name]);
  return row?.password ?? null;
}

async function setPassword(
  db: Db,
  name: string,
  { password, mustChange }: { readonly password: string; readonly mustChange: boolean },
): Promise<boolean> {
  const text = `
with ended as (delete from sync.page_session where user_name = $1)
update sync.page_user set password = $2, must_change = $3 where name = $1 returning 1`;
  const values = [name, password, mustChange];
  return (await runStatement(db, { name: 'set-password', text }, values)).length === 1;
}

async function openSession(db: Db, name: string, digest: string): Promise<boolean> {
  const text = `
with who as (update sync.page_user set signed_in_at = now() where name = $1 returning name)
insert into sync.page_session (digest, user_name) select $2, name from who returning 1`;
  return (await runStatement(db, { name: 'open-session', text }, [name, digest])).length === 1;
}

/** A sign of the user is written at most once a minute: most requests only read. */
async function readSession(db: Db, digest: string, isActive: boolean): Promise<User | null> {
  const text = `
with used as (
  update sync.page_session s set used_at = now()
  where $2 and s.digest = $1 and ${lasts} and s.used_at < now() - interval '1 minute'
)
select ${userColumns} from sync.page_session s join sync.page_user u on u.name = s.user_name
where s.digest = $1 and ${lasts}`;
  const [user] = await runStatement<User>(db, { name: 'read-session', text }, [digest, isActive]);
  return user ?? null;
}

async function endSession(db: Db, digest: string): Promise<void> {
  const text = 'delete from sync.page_session where digest = $1';
  await runStatement(db, { name: 'end-session', text }, [digest]);
}

type Attempt = { readonly name: string; readonly address: string };

async function noteFailure(db: Db, { name, address }: Attempt): Promise<void> {
  const text = 'insert into sync.page_failure (name, address) values ($1, $2)';
  await runStatement(db, { name: 'note-failure', text }, [name, address]);
}

async function countFailures(db: Db, { name, address }: Attempt): Promise<SignInFailures> {
  const text = `
select count(*) filter (where name = $1)::integer as "ofBoth", count(*)::integer as "ofAddress"
from sync.page_failure where address = $2 and at > now() - interval '${failureWindowMs} milliseconds'`;
  const [row] = await runStatement<SignInFailures>(db, { name: 'count-failures', text }, [name, address]);
  return row ?? { ofBoth: 0, ofAddress: 0 };
}

async function forgetFailures(db: Db, { name, address }: Attempt): Promise<void> {
  const text = 'delete from sync.page_failure where name = $1 and address = $2';
  await runStatement(db, { name: 'forget-failures', text }, [name, address]);
}

async function recordAudit(db: Db, entry: AuditEntry): Promise<void> {
  const { by, act, about, idents, address } = entry;
  const text = `
insert into sync.page_audit (by_name, act, about, idents, address) values ($1, $2, $3, $4::text[], $5)`;
  await runStatement(db, { name: 'record-audit', text }, [by, act, about, idents, address]);
}

function listAudit(
  db: Db,
  { beforeId, limit }: { readonly beforeId: string | null; readonly limit: number },
): Promise<AuditRow[]> {
  const text = `
select id::text as id, floor(extract(epoch from at) * 1000)::float8 as "atMs", by_name as by, act, about, idents, address
from sync.page_audit where $1::bigint is null or id < $1 order by id desc limit $2`;
  return runStatement<AuditRow>(db, { name: 'list-audit', text }, [beforeId, limit]);
}

/** Deletes what was done before a date, and sessions and failures that count no more. Returns the number of entries. */
export async function deleteAuditBefore(db: Db, date: Date, steps: DeleteSteps = {}): Promise<number> {
  const ended = `
with failure as (delete from sync.page_failure where at < now() - interval '1 day')
delete from sync.page_session where opened_at < now() - interval '1 day'`;
  await runStatement(db, { name: 'delete-ended-sessions', text: ended }, []);
  const text = `
with old as (
  delete from sync.page_audit where id in (select id from sync.page_audit where at < $1 limit $2) returning 1
)
select count(*)::integer as count from old`;
  return deleteInSteps(db, { name: 'delete-audit', text }, date, steps);
}
