import { readdirSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { StackFault } from '../fault.ts';
import { classArchiveOf, fastStartFlags } from '../java.ts';
import { isHttpOk, type Part, type StackPlan } from './part.ts';

/** Login and database of the registry in the stack's own Postgres. It has to keep its ids over a restart. */
const store = 'registry';

export const registryPart: Part = {
  name: 'registry',
  after: ['postgres'],
  ports: ['registry', 'registryManagement'],
  stopSignal: 'SIGTERM',
  startDeadlineMs: 180_000,
  prepare: createStore,
  toCommand: (plan) => {
    const archive = classArchiveOf(plan.stackDir, 'registry', plan.java);
    const folder = path.join(plan.stackDir, 'registry');
    const jar = readdirSync(folder).find((file) => file.endsWith('-runner.jar'));
    if (jar === undefined)
      throw new StackFault(
        `The registry is missing in ${folder}. Remove that folder's parent and start again.`,
      );
    return {
      file: plan.java.file,
      args: [
        '-Xms128m',
        '-Xmx256m',
        ...fastStartFlags,
        ...archive.flags,
        ...systemProperties(plan),
        '-jar',
        jar,
      ],
      cwd: folder,
      archive,
    };
  },
  isReady: (plan) => isHttpOk(`${plan.addresses.registry}/subjects`),
};

function systemProperties({ ports, addresses, runDir }: StackPlan): string[] {
  const { host, port } = addresses.postgres;
  const properties = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': ports.registry,
    'quarkus.management.host': '127.0.0.1',
    'quarkus.management.port': ports.registryManagement,
    // For a person who looks at the list of processes: which stack this one belongs to.
    'pics-sync.stack': runDir,
    'java.util.logging.manager': 'org.jboss.logmanager.LogManager',
    'apicurio.storage.kind': 'sql',
    'apicurio.storage.sql.kind': 'postgresql',
    'apicurio.datasource.url': `jdbc:postgresql://${host}:${port}/${store}`,
    'apicurio.datasource.username': store,
    'apicurio.datasource.password': store,
    'apicurio.datasource.jdbc.initial-size': 2,
    'apicurio.datasource.jdbc.min-size': 2,
    'apicurio.datasource.jdbc.max-size': 10,
  };
  return Object.entries(properties).map(([key, value]) => `-D${key}=${value}`);
}

async function createStore({ addresses }: StackPlan): Promise<void> {
  const client = new pg.Client(addresses.postgres);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [store]);
    if (rowCount) return;
    const role = await client.query('select 1 from pg_roles where rolname = $1', [store]);
    if (!role.rowCount) await client.query(`create role ${store} login password '${store}'`);
    await client.query(`create database ${store} owner ${store}`);
  } finally {
    await client.end();
  }
}
