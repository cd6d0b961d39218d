import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { toClassArchive } from '../class-archive.ts';
import { fastStartFlags, throughputFlags } from '../java.ts';
import { isHttpOk } from './http.ts';
import { type Part, type StackPlan, toClassPath, toProperties } from './part.ts';
import { readConnectSettings } from './settings.ts';

const settingsFileOf = (plan: StackPlan) => path.join(plan.runDir, 'connect.properties');
const log4jFile = path.join(import.meta.dirname, '..', 'log4j2.xml');

export const connectPart: Part = {
  name: 'connect',
  after: ['kafka'],
  ports: ['connect'],
  stopSignal: 'SIGTERM',
  startDeadlineMs: 180_000,
  prepare: async (plan) => {
    const settings = {
      'bootstrap.servers': plan.addresses.kafka.join(','),
      ...readConnectSettings(),
      'plugin.path': path.join(plan.stackDir, 'plugins'),
      listeners: `http://127.0.0.1:${plan.ports.connect}`,
      'rest.advertised.host.name': '127.0.0.1',
    };
    writeFileSync(settingsFileOf(plan), toProperties(settings));
  },
  toCommand: (plan) => {
    const archive = toClassArchive(plan.stackDir, 'connect', plan.java);
    const jit = plan.connectJit === 'throughput' ? throughputFlags : fastStartFlags;
    return {
      file: plan.java.file,
      args: [
        ...['-Xms128m', '-Xmx512m', ...jit, ...archive.flags, `-Dlog4j2.configurationFile=${log4jFile}`],
        ...['-cp', toClassPath(path.join(plan.stackDir, 'lib'))],
        ...['org.apache.kafka.connect.cli.ConnectDistributed', settingsFileOf(plan)],
      ],
      archive,
    };
  },
  isReady: (plan) => isHttpOk(`${plan.addresses.connect}/connectors`),
};
