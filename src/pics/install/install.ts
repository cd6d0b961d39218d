import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { identitySteps, originSteps, publicationStep } from './capture-steps.ts';
import { type InstallStep, text, textArray } from './install-step.ts';
import type { InstalledRole, InstallOptions } from './options.ts';
import { grantSteps, roleStep } from './role-steps.ts';
import { isVerifierOf } from './scram.ts';

const picsyncTables = ['request', 'applied', 'applied_item', 'heartbeat', 'signal'];

/**
 * Makes what the sync needs inside a PICS database: schema `picsync`, two roles with their grants, the publication,
 * replica identities and replication origins.
 *
 * Wants a superuser. Says what was done, one sentence each; a second installation does nothing and says nothing.
 * What a server may refuse without harm (identity FULL, origins) is reported with what it costs.
 */
export async function installPicsync(client: pg.Client, options: InstallOptions): Promise<string[]> {
  const done: string[] = [];
  for (const step of planInstallation(options)) {
    if (await isDone(client, step)) continue;
    const refusal = await applyStep(client, step);
    done.push(refusal === null ? step.what : `refused: ${step.what} (${refusal}); ${step.ifRefused}`);
  }
  done.push(...(await setPassword(client, options.roles.connector, true)));
  done.push(...(await setPassword(client, options.roles.sync, false)));
  return done;
}

/** The whole installation as one script, for a database administrator who wants to read it or run it by hand. */
export function readInstallSql(options: InstallOptions): string {
  return planInstallation(options)
    .map(({ what, sql }) => `-- ${what}\n${sql}\n`)
    .join('\n');
}

/** What an installation would still do. Asks only, and any role may ask. */
export async function findMissingSteps(
  client: pg.Client,
  options: InstallOptions,
): Promise<Pick<InstallStep, 'what' | 'ifRefused'>[]> {
  const missing: InstallStep[] = [];
  for (const step of planInstallation(options)) {
    // A question about a table or role that is not there fails: then the step is surely missing.
    const isThere = await isDone(client, step).catch(() => false);
    if (!isThere) missing.push(step);
  }
  return missing;
}

function planInstallation(options: InstallOptions): InstallStep[] {
  return [
    schemaStep(),
    ...identitySteps(),
    publicationStep(options),
    roleStep(options.roles.connector, true),
    roleStep(options.roles.sync, false),
    ...grantSteps(options),
    ...originSteps(options),
  ];
}

function schemaStep(): InstallStep {
  return {
    what: 'schema picsync',
    isDone: `select (select count(*) from pg_tables where schemaname = 'picsync'
      and tablename = any (${textArray(picsyncTables)})) = ${picsyncTables.length}`,
    sql: readFileSync(new URL('picsync.sql', import.meta.url), 'utf8').trimEnd(),
  };
}

async function isDone(client: pg.Client, step: InstallStep): Promise<boolean> {
  try {
    const { rows } = await client.query({ text: step.isDone, rowMode: 'array' });
    return rows[0]?.[0] === true;
  } catch (error) {
    throw toInstallError(step, error);
  }
}

function toInstallError({ what }: InstallStep, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`could not do this in the PICS database: ${what}: ${reason}`, { cause });
}

/** Null when it was done, else the server's sentence for a refusal that does no harm. */
async function applyStep(client: pg.Client, step: InstallStep): Promise<string | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(step.sql);
      return null;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      if (isRaceWithAnotherInstallation(code, message) && attempt < 10) continue;
      if (code === '42501' && step.ifRefused !== undefined) return message;
      throw toInstallError(step, error);
    }
  }
}

/** Roles and grants are rows that installations in other databases of the cluster write too. */
function isRaceWithAnotherInstallation(code: string | undefined, message: string): boolean {
  return (
    code === '40001' || code === '23505' || (code === 'XX000' && message.includes('concurrently updated'))
  );
}

/** Sets a password that differs from the wanted one. Only a superuser can see whether it does. */
async function setPassword(client: pg.Client, role: InstalledRole, replication: boolean): Promise<string[]> {
  if (role.password === undefined) return [];
  const step = { ...roleStep(role, replication), what: `password of ${role.name}` };
  if (
    await isDone(client, { ...step, isDone: 'select rolsuper from pg_roles where rolname = current_user' })
  ) {
    const { rows } = await client.query<{ rolpassword: string | null }>(
      `select rolpassword from pg_authid where rolname = ${text(role.name)}`,
    );
    if (isVerifierOf(role.password, rows[0]?.rolpassword ?? '')) return [];
  }
  await applyStep(client, step);
  return [step.what];
}
