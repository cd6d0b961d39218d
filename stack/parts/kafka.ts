/*
 * Kafka, one broker that is its own controller, and Kafka Connect, which runs from the same jars. Settings that
 * containers use too are read from settings/; ports, folders and what makes a short life on one machine quick are
 * added here.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { preparationSentence, StackFault } from '../fault.ts';
import { classArchiveOf, fastStartFlags, throughputFlags } from '../java.ts';
import { runTool } from '../processes.ts';
import {
  classPathOf,
  formatProperties,
  isHttpOk,
  logFileOf,
  type Part,
  readBrokerSettings,
  readConnectSettings,
  type StackPlan,
} from './part.ts';

const dataDirOf = (plan: StackPlan) => path.join(plan.runDir, 'kafka');
const brokerFileOf = (plan: StackPlan) => path.join(plan.runDir, 'server.properties');
const log4jFile = path.join(import.meta.dirname, '..', 'log4j2.xml');

/** Kafka wants 16 bytes as its cluster's name; any will do, for there is one broker. */
const clusterId = 'cGljcy1zeW5jLXN0YWNrMQ';

export const kafkaPart: Part = {
  name: 'kafka',
  after: [],
  ports: ['kafka', 'kafkaController'],
  stopSignal: 'SIGTERM',
  startDeadlineMs: 180_000,
  prepare: prepareKafka,
  toCommand: (plan) => {
    const archive = classArchiveOf(plan.stackDir, 'kafka', plan.java);
    return {
      file: plan.java.file,
      args: [
        '-Xms256m',
        '-Xmx256m',
        ...fastStartFlags,
        ...archive.flags,
        `-Dlog4j2.configurationFile=${log4jFile}`,
        '-cp',
        classPathOf(path.join(plan.stackDir, 'lib')),
        'kafka.Kafka',
        brokerFileOf(plan),
      ],
      archive,
    };
  },
  isReady: async (plan) => (await readBrokerCount(plan.addresses.kafka)) > 0,
};

function brokerSettings(plan: StackPlan): Record<string, string | number | boolean> {
  const broker = `127.0.0.1:${plan.ports.kafka}`;
  const controller = `127.0.0.1:${plan.ports.kafkaController}`;
  const listeners = `PLAINTEXT://${broker},CONTROLLER://${controller}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': controller,
    listeners,
    'advertised.listeners': listeners,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': dataDirOf(plan),
    ...readBrokerSettings(),
    // A broker that was killed may come back only after its old session is over.
    'broker.session.timeout.ms': 5_000,
    'broker.heartbeat.interval.ms': 1_000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
}

async function prepareKafka(plan: StackPlan): Promise<void> {
  mkdirSync(dataDirOf(plan), { recursive: true });
  writeFileSync(brokerFileOf(plan), formatProperties(brokerSettings(plan)));
  if (existsSync(path.join(dataDirOf(plan), 'meta.properties'))) return;
  const archive = classArchiveOf(plan.stackDir, 'kafka', plan.java);
  const logFile = logFileOf(plan.runDir, 'kafka-format');
  const { exitCode, error } = await runTool({
    file: plan.java.file,
    args: [
      '-Xmx128m',
      ...fastStartFlags,
      ...(archive.file ? archive.flags : []),
      `-Dlog4j2.configurationFile=${log4jFile}`,
      '-Dlog.level=WARN',
      '-cp',
      classPathOf(path.join(plan.stackDir, 'lib')),
      'kafka.tools.StorageTool',
      'format',
      '--standalone',
      '--ignore-formatted',
      '-t',
      clusterId,
      '-c',
      brokerFileOf(plan),
    ],
    logFile,
    signal: plan.signal,
  });
  plan.signal.throwIfAborted();
  if (error) throw error;
  if (exitCode !== 0) throw new StackFault(preparationSentence('Kafka', logFile));
}

/** Asks for metadata: a port that is open says only that the broker will answer some time. */
export async function readBrokerCount(brokers: string[]): Promise<number> {
  const admin = new Kafka({
    clientId: 'pics-sync-stack',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

const workerFileOf = (plan: StackPlan) => path.join(plan.runDir, 'connect.properties');

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
    writeFileSync(workerFileOf(plan), formatProperties(settings));
  },
  toCommand: (plan) => {
    const archive = classArchiveOf(plan.stackDir, 'connect', plan.java);
    const jit = plan.connectJit === 'throughput' ? throughputFlags : fastStartFlags;
    return {
      file: plan.java.file,
      args: [
        '-Xms128m',
        '-Xmx512m',
        ...jit,
        ...archive.flags,
        `-Dlog4j2.configurationFile=${log4jFile}`,
        '-cp',
        classPathOf(path.join(plan.stackDir, 'lib')),
        'org.apache.kafka.connect.cli.ConnectDistributed',
        workerFileOf(plan),
      ],
      archive,
    };
  },
  isReady: (plan) => isHttpOk(`${plan.addresses.connect}/connectors`),
};
