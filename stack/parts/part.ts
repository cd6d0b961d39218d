import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { ExternalParts, PartName, StackAddresses } from '../addresses.ts';
import type { ClassArchive } from '../class-archive.ts';
import type { Java } from '../java.ts';
import type { Ports } from '../ports.ts';

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
export function toClassPath(folder: string): string {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => path.join(folder, file))
    .join(path.delimiter);
}

export function toProperties(settings: Record<string, string | number | boolean>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}
