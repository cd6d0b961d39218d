import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDataset, type Dataset } from '../../../simulators/pics/generate/dataset.ts';
import type { GeneratorInputs } from '../../../simulators/pics/generate/inputs.ts';
import { loadOneFile } from '../../../simulators/pics/load-onefile.ts';
import { createPicsSchema, loadPics } from '../../../simulators/pics/load-pics.ts';
import { type StackAddresses, toPostgresUrl } from '../../../stack/addresses.ts';
import { secrets, toConfigText, toPicsDatabase, toStoreDatabase } from './config-file.ts';
import { dropDeployment } from './drop-deployment.ts';
import { type LeashedProcess, startLeashed } from './leashed-process.ts';
import { OneFileControl } from './onefile-control.ts';

const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const simulatorMain = fileURLToPath(new URL('../../../simulators/onefile/main.ts', import.meta.url));

export type DeployOptions = {
  readonly stack: StackAddresses;
  /** Unique on this stack: small letters, digits, underscores. */
  readonly name: string;
  readonly inputs?: Partial<GeneratorInputs>;
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
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
  readonly simulator: LeashedProcess;
  readonly oneFile: OneFileControl;
  /** As a user of PICS: may do everything. */
  readonly pics: pg.Pool;
  readonly store: pg.Pool;
  readonly #running = new Set<RoleProcess>();

  constructor(parts: {
    name: string;
    stack: StackAddresses;
    directory: string;
    dataset: Dataset;
    simulator: LeashedProcess;
    oneFile: OneFileControl;
  }) {
    this.name = parts.name;
    this.stack = parts.stack;
    this.directory = parts.directory;
    this.dataset = parts.dataset;
    this.simulator = parts.simulator;
    this.oneFile = parts.oneFile;
    this.pics = openPool(parts.stack, toPicsDatabase(parts.name));
    this.store = openPool(parts.stack, toStoreDatabase(parts.name));
  }

  get configFile(): string {
    return path.join(this.directory, 'pics-sync.yaml');
  }

  get env(): Readonly<Record<string, string>> {
    return { ...secrets, PICS_OWNER_PASSWORD: this.stack.postgres.password };
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

  /** Starts a process with these roles and waits until it answers. */
  async startRoles(...roles: RoleName[]): Promise<RoleProcess> {
    const args = ['run', ...roles, '--http-port', 'any', '--config', this.configFile];
    const logFile = path.join(this.directory, `${roles.join('-')}.log`);
    const child = startLeashed(main, args, { env: this.env, logFile });
    const [, port] = await child.waitForLine(/"port":(\d+).*?answering on \/metrics/);
    const running = { ...child, roles, httpUrl: `http://127.0.0.1:${port}` };
    this.#running.add(running);
    child.ended.then(() => this.#running.delete(running));
    return running;
  }

  /** Ends every process and takes everything off the stack again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop()));
    await this.simulator.stop();
    await Promise.all([this.pics.end(), this.store.end()]);
    await dropDeployment(this);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Sets up an installation from nothing, as an administrator would: databases, seed, configuration, topics, connector. */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { stack, name, onStep = () => {} } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'pics-sync-'));
  onStep('starting the OneFile simulator');
  const simulator = startLeashed(simulatorMain, [], {
    env: { ONEFILE_SIM_PORT: '0', ONEFILE_SIM_SIZE: 'empty' },
    logFile: path.join(directory, 'simulator.log'),
  });
  const [, simulatorUrl = ''] = await simulator.waitForLine(/(http:\/\/\S+\/api\/v2\.1)/);
  const oneFile = new OneFileControl(simulatorUrl.replace('/api/v2.1', '/_control'));
  const dataset = createDataset({ learners: 50, asOf: today(), ...options.inputs });
  const deployment = new Deployment({ name, stack, directory, dataset, simulator, oneFile });
  try {
    await setUp(deployment, { ...options, simulatorUrl });
    return deployment;
  } catch (error) {
    await deployment[Symbol.asyncDispose]();
    throw error;
  }
}

async function setUp(
  deployment: Deployment,
  { stack, name, simulatorUrl, settings = {}, onStep = () => {} }: DeployOptions & { simulatorUrl: string },
): Promise<void> {
  onStep('seeding PICS and OneFile');
  await createDatabases(stack, name);
  await Promise.all([seedPics(deployment), loadOneFile(deployment.oneFile.url, deployment.dataset)]);
  await writeFile(deployment.configFile, toConfigText({ name, stack, simulatorUrl, settings }));
  onStep('preparing PICS, the sync database and the topics');
  await Promise.all([
    deployment.mustCli('pics', 'prepare'),
    deployment.mustCli('store', 'migrate'),
    deployment.mustCli('topics', 'create'),
  ]);
  onStep('applying the connector');
  await deployment.mustCli('connector', 'apply');
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

function openPool(stack: StackAddresses, database: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: toPostgresUrl({ ...stack.postgres, database }), max: 8 });
  pool.on('error', () => {}); // a stack test may stop Postgres: the next query says so
  return pool;
}
