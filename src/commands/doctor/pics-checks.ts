import type pg from 'pg';
import type { Config } from '../../config/config.ts';
import { slotLostAdvice } from '../../ops/slot-advice.ts';
import { readSlot } from '../../pics/capture-state.ts';
import { findMissingSteps } from '../../pics/install/install.ts';
import { readMissingColumns } from '../../pics/present-columns.ts';
import { withPics } from '../connections.ts';
import { readMapping } from '../give-request.ts';
import { toInstallOptions } from '../install-options.ts';
import { type Finding, fail, ok, runCheck, warn } from './check.ts';

const oldestMajor = 15;

/** The PICS database: version, capture, columns, and everything `pics prepare` makes. */
export function checkPics(config: Config): Promise<readonly Finding[]> {
  const advice = 'Start it, or correct the section pics.';
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
      `Version ${oldestMajor} or later is what was tested.`,
    );
  }
  if (row?.level !== 'logical') {
    const advice = 'Set wal_level = logical and restart the server: nothing can be captured without.';
    return fail('PICS', `${where}, wal_level is ${row?.level}`, advice);
  }
  return ok('PICS', `${where}, PostgreSQL ${version}`);
}

async function checkColumns(client: pg.Client, config: Config): Promise<Finding> {
  const missing = await readMissingColumns(client, readMapping(config));
  if (missing.length === 0) return ok('PICS columns', 'every mapped column is there');
  const names = missing.slice(0, 5).map(({ table, field }) => `${table}.${field}`);
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  const advice = 'Name them in pics.mapping, or set those this PICS does not have to null.';
  return warn('PICS columns', `missing: ${names.join(', ')}${more}`, advice);
}

/** What a server may refuse without harm is a warning with its price. */
async function checkInstallation(client: pg.Client, config: Config): Promise<Finding[]> {
  const missing = await findMissingSteps(client, toInstallOptions(config, { withPasswords: false }));
  if (missing.length === 0) {
    return [ok('PICS preparation', 'schema picsync, roles, grants, publication, identities, origins')];
  }
  const advice = 'Run "pics-sync pics prepare" (or give its --print to a database administrator).';
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

async function checkSlot(client: pg.Client, { connector }: Config): Promise<Finding> {
  const slot = await readSlot(client, connector.slot);
  if (slot === null) {
    return warn(
      'replication slot',
      `there is no "${connector.slot}"`,
      `Before the first "pics-sync connector apply" that is right. Else: ${slotLostAdvice}`,
    );
  }
  if (slot.walStatus === 'lost') {
    return fail('replication slot', `"${connector.slot}" has lost log that was not read`, slotLostAdvice);
  }
  const kept = `${Math.ceil(slot.retainedBytes / 1_024)} kB of log kept`;
  if (!slot.isActive) {
    const advice = 'PICS keeps its log until the connector runs again: see "pics-sync connector status".';
    return warn('replication slot', `"${connector.slot}" is read by nobody, ${kept}`, advice);
  }
  return ok('replication slot', `"${connector.slot}" is read, ${kept}`);
}
