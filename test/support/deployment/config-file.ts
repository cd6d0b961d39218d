import { stringify } from 'yaml';
import { CLIENT_KEY, PASSWORD, USER_NAME } from '../../../simulators/smart-assessor/credential.ts';
import type { StackAddresses } from '../../../stack/addresses.ts';

/** What makes one installation on a shared stack differ from all others. */
export type Place = {
  /** Letters, digits and underscores. */
  readonly name: string;
  readonly stack: StackAddresses;
  readonly oneFileUrl: string;
  /** Null: this installation says no word of Smart Assessor. */
  readonly smartAssessorUrl: string | null;
  /** Replace parts of the file, section by section. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

export const secrets = {
  PICS_PASSWORD: 'pics-secret',
  PICS_CONNECTOR_PASSWORD: 'connector-secret',
} as const;

/** Of the API user of the simulator's one site. */
export const smartAssessorSecrets = {
  SMART_ASSESSOR_USER: USER_NAME,
  SMART_ASSESSOR_PASSWORD: PASSWORD,
  SMART_ASSESSOR_KEY: CLIENT_KEY,
} as const;

/** A token of its own: budget and session are shared by whoever has the same one, through the one Redis. */
export const toCustomerToken = (name: string): string => `sim-customer-${name}`;

export const toPicsDatabase = (name: string): string => `pics_${name}`;
export const toStoreDatabase = (name: string): string => `picsync_${name}`;

/** The configuration file of an installation: everything that can collide carries its name. */
export function toConfigText({ name, stack, oneFileUrl, smartAssessorUrl, settings }: Place): string {
  const { host, port, user } = stack.postgres;
  const sections: Record<string, Record<string, unknown>> = {
    kafka: {
      brokers: stack.kafka,
      topicPrefix: `${name}.`,
      partitions: 3,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 1_000,
    },
    registry: { url: stack.registry },
    connect: { url: stack.connect },
    pics: {
      host,
      port,
      database: toPicsDatabase(name),
      user: `sync_${name}`,
      password: { env: 'PICS_PASSWORD' },
      replicationOriginPrefix: name,
      owner: { user, password: { env: 'PICS_OWNER_PASSWORD' } },
    },
    connector: {
      name,
      user: `connector_${name}`,
      password: { env: 'PICS_CONNECTOR_PASSWORD' },
      slot: name,
      registryUrl: stack.registryV2,
      heartbeatIntervalMs: 2_000,
    },
    store: { host, port, database: toStoreDatabase(name), user, password: { env: 'PICS_OWNER_PASSWORD' } },
    redis: { url: stack.redis },
    onefile: {
      enabled: 'on',
      environment: 'simulator',
      baseUrl: oneFileUrl,
      customerToken: { env: 'ONEFILE_CUSTOMER_TOKEN' },
      centreId: '301',
      desktopSyncOff: 'yes',
    },
  };
  if (smartAssessorUrl !== null)
    sections['smart-assessor'] = {
      enabled: 'on',
      origin: smartAssessorUrl,
      userName: { env: 'SMART_ASSESSOR_USER' },
      password: { env: 'SMART_ASSESSOR_PASSWORD' },
      clientKey: { env: 'SMART_ASSESSOR_KEY' },
      reviewTypeMap: { 'Formal Review': 'N', Induction: 'C' },
    };
  for (const [section, values] of Object.entries(settings)) {
    sections[section] = { ...sections[section], ...values };
  }
  return stringify({
    // With two vendors it must be said whose ids the one column of officers and organisations holds.
    ...(smartAssessorUrl === null ? {} : { externalIdVendor: 'onefile' }),
    ...sections,
  });
}
