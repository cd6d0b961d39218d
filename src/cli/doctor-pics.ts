import type pg from 'pg';
import type { Config } from '../config/config.ts';
import { slotLostAdvice, toSlotRow } from '../ops/lag.ts';
import { readSlotStatus } from '../pics/capture.ts';
import { findMissingSteps } from '../pics/install/install.ts';
import { readMissingColumns } from '../pics/mapping.ts';
import { withPics } from './connections.ts';
import { type Finding, fail, ok, runCheck, warn } from './finding.ts';
import { toInstallOptions } from './install.ts';
import { readMapping } from './request.ts';

const oldestMajor = 15;

/** Checks the PICS database: version, capture, columns, and everything that `pics prepare` creates. */
export function checkPics(config: Config): Promise<readonly Finding[]> {
  const advice = 'Start the PICS database, or correct the section pics.';
  return runCheck('PICS', advice, () =>
    withPics(config, async (client) => [
      await checkServer(client, config),
      await checkColumns(client, config),
      ...(await checkInstallation(client, config)),
      await checkSlot(client, config),
    ]),
  );
}

async function checkServer(client: pg.Client, { pics }: Config): Promise<Finding> {
  const { rows } = await client.query<{ version: string; number: string; level: string }>(
    `select current_setting('server_version') as version, current_setting('server_version_num') as number,
      current_setting('wal_level') as level`,
  );
  const [row] = rows;
  const where = `${pics.host}:${pics.port}/${pics.database}`;
  const version = row?.version ?? 'unknown';
  if (Number(row?.number ?? 0) < oldestMajor * 10_000) {
    return warn(
      'PICS',
      `${where}, PostgreSQL ${version}`,
      `Only version ${oldestMajor} and later are tested. Upgrade the server if you can.`,
    );
  }
  if (row?.level !== 'logical') {
    const advice = 'Set wal_level = logical and restart the server. Without it, changes cannot be captured.';
    return fail('PICS', `${where}, wal_level is ${row?.level}`, advice);
  }
  return ok('PICS', `${where}, PostgreSQL ${version}`);
}

async function checkColumns(client: pg.Client, config: Config): Promise<Finding> {
  const missing = await readMissingColumns(client, readMapping(config));
  if (missing.length === 0) return ok('PICS columns', 'every mapped column exists');
  const names = missing.slice(0, 5).map(({ table, field }) => `${table}.${field}`);
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  const advice =
    'Enter their names at this site in pics.mapping, or null for columns that this PICS does not have.';
  return warn('PICS columns', `missing: ${names.join(', ')}${more}`, advice);
}

/** A step that a server may refuse without harm is a warning with its consequence. */
async function checkInstallation(client: pg.Client, config: Config): Promise<Finding[]> {
  const missing = await findMissingSteps(client, toInstallOptions(config, { withPasswords: false }));
  if (missing.length === 0) {
    return [ok('PICS preparation', 'schema picsync, roles, grants, publication, identities, origins')];
  }
  const advice =
    'Run "pics-sync pics prepare", or give the output of "pics-sync pics prepare --print" to a database administrator.';
  const needed = missing.filter(({ ifRefused }) => ifRefused === undefined);
  const optional = missing.filter(({ ifRefused }) => ifRefused !== undefined);
  return [
    ...(needed.length === 0 ? [] : [fail('PICS preparation', `missing: ${toList(needed)}`, advice)]),
    ...optional.map(({ what, ifRefused }) =>
      warn('PICS preparation', `missing: ${what}; ${ifRefused}`, advice),
    ),
  ];
}

function toList(steps: readonly { readonly what: string }[]): string {
  const shown = steps.slice(0, 3).map(({ what }) => what);
  const more = steps.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

async function checkSlot(client: pg.Client, { connector, lag }: Config): Promise<Finding> {
  const slot = await readSlotStatus(client, connector.slot);
  if (slot === null) {
    return warn(
      'replication slot',
      `there is no "${connector.slot}"`,
      `Before the first "pics-sync connector apply" this is normal. Otherwise: ${slotLostAdvice}`,
    );
  }
  if (slot.walStatus === 'lost') {
    return fail(
      'replication slot',
      `the server has deleted log of "${connector.slot}" that was not read yet`,
      slotLostAdvice,
    );
  }
  const kept = `${Math.ceil(slot.keptBytes / 1_024)} kB of log kept`;
  if (!slot.isActive) {
    const advice =
      'The PICS server keeps its log until the connector runs again. Run "pics-sync connector status".';
    return warn('replication slot', `"${connector.slot}" is not being read, ${kept}`, advice);
  }
  const { advice } = toSlotRow({ slot, connector: connector.name }, lag);
  if (advice !== '') return fail('replication slot', `"${connector.slot}" is being read, ${kept}`, advice);
  return ok('replication slot', `"${connector.slot}" is being read, ${kept}`);
}
