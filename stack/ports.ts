import { createServer } from 'node:net';
import { StackFault } from './fault.ts';

/** Every port a stack listens on. Kafka's controller and the registry's management have one of their own. */
export const portNames = [
  'postgres',
  'redis',
  'kafka',
  'kafkaController',
  'registry',
  'registryManagement',
  'connect',
] as const;
export type PortName = (typeof portNames)[number];
export type Ports = Record<PortName, number>;

/** Below the range from which systems lend ports to outgoing connections, so that nobody takes one by chance. */
const lowestPort = 20_000;
const highestPort = 31_999;

export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => resolve(true));
  });
  if (isFree) await new Promise<void>((resolve) => server.close(() => resolve()));
  return isFree;
}

/** Chooses a free port for each name that has none yet. */
export async function choosePorts(
  wanted: Partial<Ports>,
  isFree: (port: number) => Promise<boolean> = isPortFree,
  random: () => number = Math.random,
): Promise<Ports> {
  const taken = new Set(Object.values(wanted));
  const ports: Partial<Ports> = { ...wanted };
  for (const name of portNames) ports[name] ??= await chooseFreePort(taken, isFree, random);
  return ports as Ports;
}

async function chooseFreePort(
  taken: Set<number>,
  isFree: (port: number) => Promise<boolean>,
  random: () => number,
): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = lowestPort + Math.floor(random() * (highestPort - lowestPort + 1));
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
  throw new StackFault(`No free port was found between ${lowestPort} and ${highestPort}.`);
}

/** Reads `kafka=29092,redis=26379`. */
export function parsePorts(text: string): Partial<Ports> {
  const ports: Partial<Ports> = {};
  for (const entry of text.split(',').filter((part) => part.trim() !== '')) {
    const [name = '', value = ''] = entry.split('=').map((side) => side.trim());
    const port = Number(value);
    if (!(portNames as readonly string[]).includes(name)) {
      throw new StackFault(`There is no port named "${name}". Known: ${portNames.join(', ')}.`);
    }
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new StackFault(`"${value}" is no port number for ${name}.`);
    }
    ports[name as PortName] = port;
  }
  return ports;
}

export function portTakenSentence(name: PortName, port: number, stack: string): string {
  return (
    `Port ${port}, which the stack "${stack}" uses for ${name}, is taken by another process. ` +
    `End that process, or choose another port with --ports ${name}=<number>.`
  );
}
