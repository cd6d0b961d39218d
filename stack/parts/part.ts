import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExternalParts, PartName, Ports, StackAddresses } from '../addresses.ts';
import type { ClassArchive, Java } from '../java.ts';

/** All that the parts need to know of the instance they belong to. */
export type StackPlan = {
  name: string;
  stackDir: string;
  runDir: string;
  ports: Ports;
  addresses: StackAddresses;
  external: ExternalParts;
  java: Java;
  /** `fast-start` suits tests; `throughput` leaves Connect the optimising compiler. */
  connectJit: 'fast-start' | 'throughput';
  signal: AbortSignal;
};

export type PartCommand = {
  file: string;
  args: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  archive?: ClassArchive;
};

/** One part of the stack: how it is made ready, started, asked and ended. */
export type Part = {
  name: PartName;
  /** Parts that must answer first. */
  after: readonly PartName[];
  /** Ports it listens on, by name. */
  ports: readonly (keyof Ports)[];
  prepare(plan: StackPlan): Promise<void>;
  toCommand(plan: StackPlan): PartCommand;
  /** Answers when the part does its work. Throws or says false when it does not yet. */
  isReady(plan: StackPlan): Promise<boolean>;
  stopSignal: NodeJS.Signals;
  startDeadlineMs: number;
};

export const logFileOf = (runDir: string, name: string) => path.join(runDir, 'logs', `${name}.log`);

/** In a fixed order, because a class archive only fits the class path it was made with. */
export function classPathOf(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => path.join(folder, file))
    .join(path.delimiter);
}

export function formatProperties(settings: Record<string, string | number | boolean>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Settings of broker, worker and database that hold wherever they run, on this machine or in containers. */
type Settings = Record<string, string>;

export function parseProperties(text: string): Settings {
  const settings: Settings = {};
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (line.startsWith('#') || equals < 0) continue;
    settings[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return settings;
}

const read = (name: string) =>
  parseProperties(
    readFileSync(path.join(import.meta.dirname, '..', 'settings', `${name}.properties`), 'utf8'),
  );

export const readBrokerSettings = () => read('broker');
export const readConnectSettings = () => read('connect');

/** Enough slots and senders for many test databases side by side; replication origins count as slots. */
export const postgresSettings: Settings = {
  wal_level: 'logical',
  max_replication_slots: '60',
  max_wal_senders: '60',
  max_connections: '300',
};

export async function isHttpOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  await response.arrayBuffer();
  return response.ok;
}
