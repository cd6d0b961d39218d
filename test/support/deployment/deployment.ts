import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDataset, type Dataset } from '../../../simulators/pics/generate/dataset.ts';
import type { GeneratorInputs } from '../../../simulators/pics/generate/inputs.ts';
import { customerId } from '../../../simulators/pics/generate/onefile-records.ts';
import { createPicsSchema, loadOneFile, loadPics, loadSmartAssessor } from '../../../simulators/pics/load.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Broker } from '../../../src/kafka/broker.ts';
import { createKafkaBroker } from '../../../src/kafka/kafka-broker.ts';
import { type TopicNames, topicNames } from '../../../src/kafka/topics.ts';
import { enableVendor } from '../../../src/store/vendor-state.ts';
import { type StackAddresses, toPostgresUrl } from '../../../stack/addresses.ts';
import {
  secrets,
  smartAssessorSecrets,
  toConfigText,
  toCustomerToken,
  toPicsDatabase,
  toStoreDatabase,
} from './config-file.ts';
import { dropDeployment } from './drop-deployment.ts';
import { type LeashedProcess, startLeashed } from './leashed-process.ts';
import { SimulatorControl } from './simulator-control.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const setUpMain = fileURLToPath(new URL('./set-up-main.ts', import.meta.url));
const oneFileMain = fileURLToPath(new URL('../../../simulators/onefile/main.ts', import.meta.url));
const smartAssessorMain = fileURLToPath(
  new URL('../../../simulators/smart-assessor/main.ts', import.meta.url),
);

const setUpDeadlineMs = 110_000;

export type DeployOptions = {
  readonly stack: StackAddresses;
  /** Unique on this stack: small letters, digits, underscores. */
  readonly name: string;
  readonly inputs?: Partial<GeneratorInputs>;
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Where configuration and logs go; by default a new folder among the temporary ones. */
  readonly directory?: string;
  /** False: the caller applies the connector. */
  readonly appliesConnector?: boolean;
  /** False: the vendors are to be enabled by the test itself. */
  readonly enablesVendors?: boolean;
  /** True: beside OneFile there is Smart Assessor, with records that belong to this PICS. */
  readonly hasSmartAssessor?: boolean;
  /** Makes this PICS another than the reference schema, before anything is prepared. */
  readonly alterPics?: string;
  /** Told when a step begins. */
  readonly onStep?: (step: string) => void;
};

export type RoleName = 'outbound' | 'poller' | 'reconciler' | 'ops';
export type RoleProcess = LeashedProcess & { readonly roles: readonly RoleName[]; readonly httpUrl: string };
export type CliResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** One installation of pics-sync on a shared stack: PICS, sync database, topics, connector, simulator, processes. */
export class Deployment {
  readonly name: string;
  readonly stack: StackAddresses;
  readonly directory: string;
  readonly dataset: Dataset;
  readonly oneFile: SimulatorControl;
  /** As a user of PICS: may do everything. */
  readonly pics: pg.Pool;
  readonly store: pg.Pool;
  /** Connects when something is asked of it. */
  readonly kafka: Broker;
  readonly topics: TopicNames;
  /** Leaves configuration and logs behind for whoever looks for a fault. */
  keepsFiles = false;
  readonly #simulators: Simulators;
  readonly #running = new Set<RoleProcess>();

  constructor(parts: {
    name: string;
    stack: StackAddresses;
    directory: string;
    dataset: Dataset;
    simulators: Simulators;
  }) {
    this.name = parts.name;
    this.stack = parts.stack;
    this.directory = parts.directory;
    this.dataset = parts.dataset;
    this.#simulators = parts.simulators;
    this.oneFile = parts.simulators.oneFile.control;
    this.pics = openPool(parts.stack, toPicsDatabase(parts.name));
    this.store = openPool(parts.stack, toStoreDatabase(parts.name));
    const { kafka: brokers } = parts.stack;
    this.kafka = createKafkaBroker({ brokers, clientId: `${parts.name}-watcher`, log: silentLog });
    this.topics = topicNames(`${parts.name}.`);
  }

  get smartAssessor(): SimulatorControl {
    const { smartAssessor } = this.#simulators;
    if (smartAssessor === null) throw new Error(`${this.name} was deployed without Smart Assessor`);
    return smartAssessor.control;
  }

  get hasSmartAssessor(): boolean {
    return this.#simulators.smartAssessor !== null;
  }

  get configFile(): string {
    return path.join(this.directory, 'pics-sync.yaml');
  }

  /** What the processes with these roles print. */
  toLogFile(...roles: readonly string[]): string {
    return path.join(this.directory, `${roles.join('-')}.log`);
  }

  get env(): Readonly<Record<string, string>> {
    const { name, stack } = this;
    return {
      ...secrets,
      PICS_OWNER_PASSWORD: stack.postgres.password,
      ONEFILE_CUSTOMER_TOKEN: toCustomerToken(name),
      ...(this.hasSmartAssessor ? smartAssessorSecrets : {}),
    };
  }

  /** Runs `pics-sync` with this installation's configuration and waits for its end. */
  async cli(...args: string[]): Promise<CliResult> {
    const { execFile } = await import('node:child_process');
    const flags = ['--disable-warning=TimeoutNegativeWarning', main];
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [...flags, ...args, '--config', this.configFile],
        { env: { ...process.env, ...this.env }, maxBuffer: 50_000_000 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
          resolve({ code, stdout, stderr });
        },
      );
    });
  }

  /** As `cli`, for steps that must succeed. */
  async mustCli(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...args);
    if (code !== 0) throw new Error(`pics-sync ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Starts `pics-sync` with this installation's configuration, for a command that goes on until it is ended. */
  startCli(...args: string[]): LeashedProcess {
    const logFile = this.toLogFile(...args.filter((arg) => !arg.startsWith('-')));
    return startLeashed(main, [...args, '--config', this.configFile], { env: this.env, logFile });
  }

  /** Starts a process with these roles and waits until it answers. */
  startRoles(...roles: RoleName[]): Promise<RoleProcess> {
    return this.startRolesWith({}, ...roles);
  }

  /** As `startRoles`, with settings of this process alone, by their names in the environment. */
  async startRolesWith(
    settings: Readonly<Record<string, string>>,
    ...roles: RoleName[]
  ): Promise<RoleProcess> {
    const args = ['run', ...roles, '--http-port', 'any', '--config', this.configFile];
    const logFile = this.toLogFile(...roles);
    const child = startLeashed(main, args, { env: { ...this.env, ...settings }, logFile });
    const [, port] = await child.waitForLine(/"port":(\d+).*?answering on \/metrics/);
    const running = { ...child, roles, httpUrl: `http://127.0.0.1:${port}` };
    this.#running.add(running);
    child.ended.then(() => this.#running.delete(running));
    return running;
  }

  /** Ends all processes but the simulators. */
  async stopRoles(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop()));
  }

  /** Ends every process and takes everything off the stack again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopRoles();
    await Promise.all(Object.values(this.#simulators).map((simulator) => simulator?.process.stop()));
    await Promise.all([this.pics.end(), this.store.end(), this.kafka.close()]);
    await dropDeployment(this);
    if (!this.keepsFiles) await rm(this.directory, { recursive: true, force: true });
  }
}

/** Sets up an installation from nothing, as an administrator would: databases, seed, configuration, topics, connector. */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { stack, name, onStep = () => {} } = options;
  const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), 'pics-sync-')));
  await mkdir(directory, { recursive: true });
  onStep('starting the simulators');
  const [oneFile, smartAssessor] = await Promise.all([
    startSimulator(oneFileMain, 'ONEFILE_SIM', path.join(directory, 'simulator.log')),
    options.hasSmartAssessor === true
      ? startSimulator(
          smartAssessorMain,
          'SMART_ASSESSOR_SIM',
          path.join(directory, 'smart-assessor-simulator.log'),
        )
      : null,
  ]);
  const simulators = { oneFile, smartAssessor };
  const dataset = createDataset({ learners: 50, asOf: today(), ...options.inputs });
  const deployment = new Deployment({ name, stack, directory, dataset, simulators });
  try {
    await setUp(deployment, simulators, options);
    return deployment;
  } catch (error) {
    await deployment[Symbol.asyncDispose]().catch(() => {}); // why it could not be set up is worth more
    throw error;
  }
}

type Simulator = {
  readonly process: LeashedProcess;
  readonly control: SimulatorControl;
  /** `http://127.0.0.1:…` */
  readonly origin: string;
};
type Simulators = { readonly oneFile: Simulator; readonly smartAssessor: Simulator | null };

/** An empty simulator as a process of its own, on a free port. */
async function startSimulator(program: string, prefix: string, logFile: string): Promise<Simulator> {
  const process = startLeashed(program, [], {
    env: { [`${prefix}_PORT`]: '0', [`${prefix}_SIZE`]: 'empty' },
    logFile,
  });
  const [, origin = ''] = await process.waitForLine(/(http:\/\/[\d.:]+)\/api\//);
  return { process, origin, control: new SimulatorControl(`${origin}/_control`) };
}

async function setUp(
  deployment: Deployment,
  { oneFile, smartAssessor }: Simulators,
  {
    stack,
    name,
    settings = {},
    appliesConnector = true,
    enablesVendors = true,
    alterPics,
    onStep = () => {},
  }: DeployOptions,
): Promise<void> {
  onStep('seeding PICS and the vendors');
  await createDatabases(stack, name);
  await Promise.all([seedPics(deployment), seedOneFile(deployment), seedSmartAssessor(deployment)]);
  if (alterPics !== undefined) await deployment.pics.query(alterPics);
  const oneFileUrl = `${oneFile.origin}/api/v2.1`;
  const smartAssessorUrl = smartAssessor?.origin ?? null;
  await writeFile(
    deployment.configFile,
    toConfigText({ name, stack, oneFileUrl, smartAssessorUrl, settings }),
  );
  onStep('preparing PICS, the sync database and the topics');
  const preparation = startLeashed(
    setUpMain,
    [
      deployment.configFile,
      'pics prepare;store migrate;topics create',
      ...(appliesConnector ? ['connector apply'] : []),
    ],
    { env: deployment.env, logFile: path.join(deployment.directory, 'set-up.txt') },
  );
  await preparation.waitForLine(/^turn 1 done$/m, setUpDeadlineMs);
  if (appliesConnector) onStep('applying the connector');
  // Nobody waits for a first synchronisation: a test that needs one asks for it.
  if (enablesVendors) {
    const vendors = smartAssessor === null ? (['onefile'] as const) : (['onefile', 'smartassessor'] as const);
    for (const vendor of vendors)
      await enableVendor(deployment.store, { vendor, by: 'set-up', isSyncDue: false });
  }
  if (appliesConnector) await preparation.waitForLine(/^turn 2 done$/m, setUpDeadlineMs);
  await preparation.ended;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

async function createDatabases(stack: StackAddresses, name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: toPostgresUrl(stack.postgres) });
  await admin.connect();
  try {
    for (const database of [toPicsDatabase(name), toStoreDatabase(name)])
      await admin.query(`create database "${database}"`);
  } finally {
    await admin.end();
  }
}

async function seedPics({ pics, dataset }: Deployment): Promise<void> {
  const client = await pics.connect();
  try {
    await createPicsSchema(client);
    await loadPics(client, dataset);
  } finally {
    client.release();
  }
}

async function seedOneFile({ oneFile, dataset, name }: Deployment): Promise<void> {
  await loadOneFile(oneFile.url, dataset);
  const customer = { ID: customerId, Name: 'Larkfield Training', token: toCustomerToken(name) };
  await oneFile.post('/records', { customers: [customer] });
}

/** Its clock follows the real one: sessions are held in the time of the test. */
async function seedSmartAssessor(deployment: Deployment): Promise<void> {
  if (!deployment.hasSmartAssessor) return;
  const { smartAssessor, dataset } = deployment;
  await loadSmartAssessor(smartAssessor.url, dataset);
  await smartAssessor.post('/clock', { mode: 'real' });
}

function openPool(stack: StackAddresses, database: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: toPostgresUrl({ ...stack.postgres, database }), max: 8 });
  pool.on('error', () => {}); // a stack test may stop Postgres: the next query says so
  return pool;
}
