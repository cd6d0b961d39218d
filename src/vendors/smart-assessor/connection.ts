import { createHash } from 'node:crypto';
import { Fault } from '../../base/fault.ts';
import type { CallBudget } from '../../domain/ports.ts';
import type { VendorContext, WireContract } from '../vendor.ts';
import { createSmartAssessor, type SmartAssessor } from './client/client.ts';
import type { Connect, Connection } from './client/transport.ts';
import { findMissingSettings, type SmartAssessorSection } from './config.ts';
import type { Capabilities } from './port.ts';
import { contractOf } from './wire/all.ts';
import { findOriginFault } from './wire/origin.ts';

/** Smart Assessor as it can be called: the port, and the budget it shares with all processes. */
export type SmartAssessorConnection = {
  readonly section: SmartAssessorSection;
  readonly port: SmartAssessor;
  readonly budget: CallBudget;
  /** Where it is called, for a person who cannot reach it. */
  readonly address: string;
  close(): Promise<void>;
};

/** A token may live for a day at most before it is asked for again. */
const sessionTtlMs = 24 * 3_600_000;

/**
 * What the client is given; a sentence when the settings name nothing that may be called.
 *
 * The schema has checked the origin already. It is checked here again, so that no way round the schema leads a
 * simulator's traffic to a vendor; the transport checks each request.
 */
export function toConnection(section: SmartAssessorSection): Connection | string {
  const missing = findMissingSettings(section);
  const { origin, allowUnverifiedOrigin: allowed } = section;
  const contract = contractOf(section.contract);
  if (origin === undefined || missing.length > 0)
    return `Smart Assessor is stopped: ${missing.map((name) => `smart-assessor.${name}`).join(', ')} must be set.`;
  const fault = findOriginFault({ origin, contract, allowed });
  if (fault !== null) return `Smart Assessor is stopped: smart-assessor.origin ${fault}.`;
  return {
    origin,
    contract: contract.id,
    allowUnverifiedOrigin: allowed,
    auth: section.auth,
    credential: {
      userName: () => section.userName?.reveal() ?? '',
      password: () => section.password?.reveal() ?? '',
      clientKey: () => section.clientKey?.reveal() ?? '',
      g1ApiKey: () => section.g1.apiKey?.reveal() ?? '',
    },
    site: { capabilities: capabilitiesOf(section), g1: section.g1 },
    concurrency: section.concurrency,
    connectMs: section.connectMs,
    writeMs: section.writeMs,
    readMs: section.readMs,
    isDryRun: false,
  };
}

/** What the site can do: what the contract says, and what the settings say otherwise. */
function capabilitiesOf(section: SmartAssessorSection): Capabilities {
  const { capabilities, takesMisIdForm } = contractOf(section.contract);
  return {
    ...capabilities,
    ...withoutAbsent(section.capabilities),
    misIdForm: takesMisIdForm ? section.g1.misIdForm : capabilities.misIdForm,
    updatableLearnerFields: section.updatableFields ?? capabilities.updatableLearnerFields,
  };
}

/** How Smart Assessor is spoken to under these settings, for people. A name that stands for several is listed once. */
export function toWireContract(section: SmartAssessorSection): WireContract {
  const { id, trust, names } = contractOf(section.contract);
  const marks = new Map(names.map(({ name, mark }) => [name, mark]));
  return {
    id,
    trust,
    capabilities: capabilitiesOf(section),
    names: [...marks].map(([name, mark]) => ({ name, mark })),
  };
}

function withoutAbsent(overrides: SmartAssessorSection['capabilities']): Record<string, boolean> {
  const given = Object.entries(overrides).filter(
    (entry): entry is [string, boolean] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}

/** Opens the connection that the section describes; a fault when its settings cannot be used. */
export async function openConnection(
  context: VendorContext,
  section: SmartAssessorSection,
  connect?: Connect,
): Promise<SmartAssessorConnection> {
  const connection = toConnection(section);
  if (typeof connection === 'string') throw new Fault(connection);
  const { log, clock } = context;
  const { budget, sessions, close } = context.openCredential({
    id: credentialId(connection),
    callsPerMinute: section.callsPerMinute,
    spareShare: 1,
    sessionTtlMs,
  });
  if (connection.allowUnverifiedOrigin === connection.origin)
    log.warn('A contract without proof may call an origin beyond this machine', {
      vendor: 'smartassessor',
      setting: 'smart-assessor.allowUnverifiedOrigin',
      address: connection.origin,
    });
  const port = createSmartAssessor({
    connection,
    ...(connect !== undefined && { connect }),
    budget,
    sessionCache: sessions,
    log,
    now: () => clock.nowMs(),
    steadyMs: () => clock.steadyMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    chance: () => clock.chance(),
  });
  return {
    section,
    port,
    budget,
    address: connection.origin,
    close: async () => {
      await port.close();
      await close();
    },
  };
}

/** Names the credential without revealing it: processes with the same one share a budget and a token. */
function credentialId({ origin, credential }: Connection): string {
  const { userName, clientKey, g1ApiKey } = credential;
  const text = JSON.stringify([origin, userName(), clientKey(), g1ApiKey()]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
