import path from 'node:path';
import {
  GenericContainer,
  getContainerRuntimeClient,
  Network,
  type StartedNetwork,
  Wait,
} from 'testcontainers';
import { choosePorts, type StackAddresses, toRegistryAddresses } from '../../../stack/addresses.ts';
import { StackFault } from '../../../stack/fault.ts';
import { projectDir } from '../../../stack/state.ts';
import { readComposeService } from './compose-services.ts';
import type { FoundStack } from './find-stack.ts';
import type { ProvidedStack } from './use-stack.ts';

const startupMs = 180_000;
const inStack = (...file: string[]) => path.join(projectDir(), 'stack', ...file);

/**
 * The services of docker-compose.yml, started by testcontainers; null where no container runtime answers.
 *
 * A runtime that answers but cannot get the images counts as absent too, with its reason.
 */
export async function startContainerStack(): Promise<FoundStack | null> {
  const host = await readRuntimeHost();
  if (host === null) return null;
  const network = await new Network().start();
  const started: { stop: () => Promise<unknown> }[] = [];
  const stop = async () => {
    await Promise.allSettled(started.map((container) => container.stop()));
    await network.stop();
  };
  const run = async (container: GenericContainer) => {
    const running = await container.start();
    started.push(running);
    return running;
  };
  try {
    return { provided: await startServices(host, network, run), stop };
  } catch (error) {
    await stop();
    const [reason] = String((error as Error).message).split('\n');
    throw new StackFault(
      `The container runtime answers, but a container does not start: ${reason}`,
      'absent',
    );
  }
}

async function readRuntimeHost(): Promise<string | null> {
  try {
    return (await getContainerRuntimeClient()).info.containerRuntime.host;
  } catch {
    return null;
  }
}

type Running = { getHost: () => string; getMappedPort: (port: number) => number };
type Run = (container: GenericContainer) => Promise<Running>;

async function startServices(host: string, network: StartedNetwork, run: Run): Promise<ProvidedStack> {
  const { kafka: kafkaPort } = await choosePorts({});
  const toData = async () => {
    const postgres = await run(toPostgres(network));
    return { postgres, registry: await run(toRegistry(network)) };
  };
  const toStream = async () => {
    await run(toKafka(network, host, kafkaPort));
    return run(await buildConnect(network));
  };
  const [{ postgres, registry }, connect, redis] = await Promise.all([
    toData(),
    toStream(),
    run(toService('redis', network).withExposedPorts(6379)),
  ]);
  const at = (running: Running, port: number) => `${running.getHost()}:${running.getMappedPort(port)}`;
  const addresses: StackAddresses = {
    kafka: [`${host}:${kafkaPort}`],
    ...toRegistryAddresses(`http://${at(registry, 8080)}`),
    connect: `http://${at(connect, 8083)}`,
    postgres: {
      host: postgres.getHost(),
      port: postgres.getMappedPort(5432),
      user: 'postgres',
      password: 'postgres',
      database: 'postgres',
    },
    redis: `redis://${at(redis, 6379)}`,
  };
  const { registryV2 } = toRegistryAddresses('http://registry:8080');
  return {
    kind: 'found',
    provider: 'containers',
    addresses,
    fromConnect: { postgres: { host: 'postgres', port: 5432 }, registryV2 },
    control: null,
  };
}

function toService(name: string, network: StartedNetwork, container?: GenericContainer): GenericContainer {
  const { image, environment, command } = readComposeService(name);
  const service = (container ?? new GenericContainer(image))
    .withEnvironment(environment)
    .withNetwork(network)
    .withNetworkAliases(name)
    .withStartupTimeout(startupMs);
  return command.length > 0 ? service.withCommand(command) : service;
}

function toPostgres(network: StartedNetwork): GenericContainer {
  return (
    toService('postgres', network)
      .withExposedPorts(5432)
      .withCopyFilesToContainer([
        {
          source: inStack('containers', 'registry-database.sql'),
          target: '/docker-entrypoint-initdb.d/registry-database.sql',
        },
      ])
      // The image starts the server once to run the scripts and then again for good.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
  );
}

function toRegistry(network: StartedNetwork): GenericContainer {
  return toService('registry', network)
    .withExposedPorts(8080)
    .withWaitStrategy(Wait.forHttp('/apis/ccompat/v7/subjects', 8080));
}

/** The broker tells clients its address, so the port on this side has to be known before it starts. */
function toKafka(network: StartedNetwork, host: string, port: number): GenericContainer {
  return toService('kafka', network)
    .withEnvironment({ KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://kafka:9092,HOST://${host}:${port}` })
    .withExposedPorts({ container: 29_092, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/));
}

async function buildConnect(network: StartedNetwork): Promise<GenericContainer> {
  const { image } = readComposeService('connect');
  const built = await GenericContainer.fromDockerfile(inStack(), 'containers/connect.Dockerfile').build(
    image,
    {
      deleteOnExit: false,
    },
  );
  return toService('connect', network, built)
    .withExposedPorts(8083)
    .withWaitStrategy(Wait.forHttp('/connectors', 8083));
}
