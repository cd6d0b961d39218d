import { createHash } from 'node:crypto';
import { Fault } from '../../base/fault.ts';
import type { CallBudget, Credential } from '../../domain/ports.ts';
import type { SharedSettings, VendorContext } from '../vendor.ts';
import type { OneFileClient } from './client/client.ts';
import { createOneFileClient } from './client/client.ts';
import type { Centre, ConnectionTest } from './client/connection-test.ts';
import type { Connect, Connection } from './client/transport.ts';
import { isLocalAddress, type OneFileSection, toAddress } from './config.ts';
import type { OneFileSettings } from './rules/settings.ts';

/** What the rules are given. `centreId` is the chosen centre, or the only one the token reaches (OF-5). */
export function toRuleSettings(
  section: OneFileSection,
  common: Pick<SharedSettings, 'nearRealTime' | 'deletedReviews' | 'externalIdVendor'>,
  centreId: string,
): OneFileSettings {
  const { customerToken: _customerToken, baseUrl: _baseUrl, ...rest } = section;
  return {
    ...rest,
    uploadReviewTypes: section.uploadReviewTypes ?? null,
    downloadedReviewType: section.downloadedReviewType ?? null,
    nearRealTime: common.nearRealTime,
    deletedReviews: common.deletedReviews,
    externalIdVendor: common.externalIdVendor,
    centreId,
  };
}

/**
 * What the client is given. Null when the section does not name an environment and a token.
 *
 * A free address is checked once more here, so that no way round the schema leads a simulator's traffic to a vendor.
 */
export function toConnection(section: OneFileSection, centreId: string): Connection | null {
  const { environment, customerToken, baseUrl } = section;
  if (environment === undefined || customerToken === undefined) return null;
  const address = environment === 'simulator' ? baseUrl : toAddress(environment);
  if (address === undefined || (environment === 'simulator' && !isLocalAddress(address))) return null;
  return {
    baseUrl: address,
    centreId,
    customerToken: () => customerToken.reveal(),
    connectTimeoutMs: section.connectTimeoutMs,
    callTimeoutMs: section.callTimeoutMs,
    connections: section.connections,
    pageSize: section.pageSize,
    names: section.names,
    unknownVisit: section.unknownVisit,
    readUnitSummaries: section.readUnitSummaries,
    exchangedDetails: {
      learner: section.learnerDetails === 'ignore' ? [] : section.learnerDetailFields,
      officer: section.officerDetails === 'ignore' ? [] : section.officerDetailFields,
    },
  };
}

/** OneFile as it can be called: its client, the budget it shares with all processes, and what the rules are given. */
export type OneFileConnection = {
  readonly section: OneFileSection;
  readonly settings: OneFileSettings;
  readonly client: OneFileClient;
  readonly budget: CallBudget;
  readonly address: string;
  close(): Promise<void>;
};

/** Sessions are used for 23 of their 24 hours. */
const sessionTtlMs = 23 * 3_600_000;

/** Opens the connection that the section describes; a fault when its settings cannot be used. */
export async function openConnection(
  context: VendorContext,
  section: OneFileSection,
  connect?: Connect,
): Promise<OneFileConnection> {
  if (section.customerToken === undefined)
    throw new Fault('OneFile is stopped: onefile.customerToken is missing.');
  const credential = openCredentialOf(context, section);
  try {
    const centreId = section.centreId ?? (await findCentre(context, section, credential, connect));
    const connection = toConnection(section, centreId);
    if (connection === null)
      throw new Fault('OneFile is stopped: its environment, address or token is not set.');
    const client = createClient(context, connection, credential, connect);
    return {
      section,
      settings: toRuleSettings(section, context.shared, centreId),
      client,
      budget: credential.budget,
      address: connection.baseUrl,
      close: async () => {
        await client.close();
        await credential.close();
      },
    };
  } catch (error) {
    await credential.close();
    throw error;
  }
}

/**
 * Lends a client for a few calls beside those of an enabled OneFile, out of the same budget; null without what a
 * connection needs. Nothing is called before the client is used.
 */
export async function withClient<T>(
  context: VendorContext,
  {
    section,
    centreId,
    connect,
  }: {
    readonly section: OneFileSection;
    readonly centreId: string;
    readonly connect?: Connect | undefined;
  },
  use: (client: OneFileClient) => Promise<T>,
): Promise<T | null> {
  const connection = toConnection(section, centreId);
  if (connection === null) return null;
  const credential = openCredentialOf(context, section);
  const client = createClient(context, connection, credential, connect);
  try {
    return await use(client);
  } finally {
    await client.close();
    await credential.close();
  }
}

function openCredentialOf({ openCredential }: VendorContext, section: OneFileSection): Credential {
  const token = section.customerToken?.reveal() ?? '';
  const id = createHash('sha256').update(token).digest('hex').slice(0, 16);
  const { callsPerMinute, pollingShare: spareShare } = section;
  return openCredential({ id, callsPerMinute, spareShare, sessionTtlMs });
}

function createClient(
  { log, clock }: VendorContext,
  connection: Connection,
  { budget, sessions }: Credential,
  connect: Connect | undefined,
): OneFileClient {
  return createOneFileClient({
    connection,
    ...(connect !== undefined && { connect }),
    budget,
    sessionCache: sessions,
    log,
    now: () => clock.nowMs(),
    steadyMs: () => clock.steadyMs(),
    chance: () => clock.chance(),
  });
}

/** OF-5: without a chosen centre the token must reach exactly one. */
async function findCentre(
  context: VendorContext,
  section: OneFileSection,
  credential: Credential,
  connect: Connect | undefined,
): Promise<string> {
  const connection = toConnection(section, '');
  if (connection === null)
    throw new Fault('OneFile is stopped: its environment, address or token is not set.');
  const client = createClient(context, connection, credential, connect);
  try {
    return chooseCentre(await client.testConnection());
  } finally {
    await client.close();
  }
}

/**
 * The one centre a test without a chosen centre has found.
 *
 * A vendor that is away is an ordinary error: the next try may find it. What a person must put right is a fault.
 */
export function chooseCentre(test: ConnectionTest): string {
  const [only, ...others] = test.centres;
  if (only !== undefined && others.length === 0) return only.id;
  if (test.kind === 'failed' && test.code === 'UNREACHABLE')
    throw Object.assign(new Error('OneFile does not answer'), { code: test.code });
  if (test.kind === 'failed' && test.code === 'BAD_SIGN_IN')
    throw new Fault(
      'OneFile is stopped: it refuses the customer token. A token works in one environment only.',
    );
  if (only === undefined)
    throw new Fault('OneFile is stopped: the token reaches no centre. Ask OneFile why.');
  const names = test.centres.map(centreText).join(', ');
  throw new Fault(
    `OneFile is stopped: the token reaches ${test.centres.length} centres. Choose one in onefile.centreId: ${names}.`,
  );
}

function centreText({ id, name }: Centre): string {
  return name === null ? id : `${id} (${name})`;
}
