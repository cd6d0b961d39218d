import { z } from 'zod';
import { brokerList, durationMs, httpUrl, wholeNumber } from './address.ts';

export const kafkaSection = z.strictObject({
  brokers: brokerList
    .prefault(['127.0.0.1:9092'])
    .describe('Brokers to begin with, `host:port` each. In the environment separated by commas.'),
  topicPrefix: z
    .string()
    .regex(/^([a-z0-9][a-z0-9._-]*\.)?$/, {
      error: 'must be empty, or small letters, digits, dots and hyphens ending in a dot',
    })
    .default('')
    .describe('Put before every topic and consumer group, so that several installations can share brokers.'),
  partitions: wholeNumber
    .max(1_000)
    .default(12)
    .describe('Partitions of a topic when it is made. Fixed from then on: order per learner rests on it.'),
  replicationFactor: wholeNumber
    .max(10)
    .default(1)
    .describe('Copies of every topic. 3 where there are three brokers or more.'),
  sessionTimeoutMs: durationMs
    .min(6_000)
    .default(45_000)
    .describe('How long a silent worker keeps its partitions.'),
  heartbeatIntervalMs: durationMs.default(3_000).describe('How often a worker says that it is there.'),
  rebalanceTimeoutMs: durationMs
    .default(120_000)
    .describe('How long workers may take to hand partitions over.'),
});

export const registrySection = z.strictObject({
  url: httpUrl
    .prefault('http://127.0.0.1:8081/apis/ccompat/v7')
    .describe('The schema registry, its Confluent-compatible interface.'),
});

export const connectSection = z.strictObject({
  url: httpUrl.prefault('http://127.0.0.1:8083').describe('The REST interface of Kafka Connect.'),
});
