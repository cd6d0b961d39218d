import type { JsonObject } from '../domain/json.ts';
import type { ConnectionCheck } from '../requests/switch.ts';
import type { ConnectionTest } from '../vendors/onefile/client/connection-test.ts';
import type { OneFileSection } from '../vendors/onefile/config.ts';
import { toConnection } from '../vendors/onefile/from-config.ts';
import { withOneFileClient } from './open-onefile.ts';
import type { RoleContext } from './role.ts';

/** The section of OneFile as far as it can be used, and what is missing in it. */
export function readOneFileSection(
  { config }: Pick<RoleContext, 'config'>,
  { forEnabling }: { readonly forEnabling: boolean },
): { readonly section: OneFileSection | null; readonly missing: readonly string[] } {
  const vendor = config.vendors.onefile;
  if (vendor.kind === 'faulty')
    return { section: null, missing: [...new Set(vendor.faults.map(({ path }) => path))] };
  const section = vendor.settings;
  const { customerToken, environment, baseUrl } = section;
  const wanted = {
    enabled: vendor.kind === 'enabled' || !forEnabling,
    customerToken: customerToken !== undefined,
    environment: environment !== undefined,
    baseUrl: environment !== 'simulator' || baseUrl !== undefined,
  };
  const missing = Object.entries(wanted).flatMap(([name, isThere]) => (isThere ? [] : [`onefile.${name}`]));
  return { section: missing.length > 0 ? null : section, missing };
}

/** Signs in and looks at the centres: the only calls before a person has confirmed what to know (OF-1). */
export async function checkOneFile(
  context: RoleContext,
  options: { readonly forEnabling: boolean },
): Promise<ConnectionCheck> {
  const { section, missing } = readOneFileSection(context, options);
  if (section === null) return { kind: 'settings-missing', settings: missing };
  const centreId = section.centreId ?? '';
  const address = toConnection(section, centreId)?.baseUrl;
  const test = await testCentre(context, section, centreId);
  if (test === null || address === undefined)
    return { kind: 'settings-missing', settings: ['onefile.environment'] };
  return toConnectionCheck(section, address, test);
}

/** What a test found, as commands judge it (OF-5). */
export function toConnectionCheck(
  section: Pick<OneFileSection, 'centreId' | 'environment'>,
  address: string,
  test: ConnectionTest,
): ConnectionCheck {
  if (test.kind === 'failed' && test.code === 'UNREACHABLE') return { kind: 'unreachable', address };
  if (test.kind === 'failed' && test.code === 'BAD_SIGN_IN') return { kind: 'bad-sign-in' };
  const report = toReport(section, test);
  const [only, ...others] = test.centres;
  if (section.centreId !== undefined && test.kind === 'failed')
    return { kind: 'centre-unknown', centreId: section.centreId, report };
  const chosen = section.centreId ?? (others.length === 0 ? only?.id : undefined) ?? null;
  return { kind: 'connected', centreId: chosen, centreCount: test.centres.length, report };
}

/** Without a chosen centre the only one is tested as if it were chosen. */
async function testCentre(
  context: RoleContext,
  section: OneFileSection,
  centreId: string,
): Promise<ConnectionTest | null> {
  const test = await withOneFileClient(context, section, centreId, (client) => client.testConnection());
  const [only, ...others] = test?.centres ?? [];
  if (centreId !== '' || test?.kind !== 'failed' || only === undefined || others.length > 0) return test;
  return withOneFileClient(context, section, only.id, (client) => client.testConnection());
}

function toReport({ environment }: Pick<OneFileSection, 'environment'>, test: ConnectionTest): JsonObject {
  const centres = test.centres.map((centre) => ({ ...centre }));
  if (test.kind === 'failed') return { environment: environment ?? null, centres };
  const { interfaceVersion, customer, misValues, warnings } = test;
  return {
    environment: environment ?? null,
    interfaceVersion,
    customer,
    centres,
    misValues: { assessors: { ...misValues.assessors }, placements: { ...misValues.placements } },
    uncertainNames: test.assumedNames.map((name) => ({ ...name })),
    notes: [...warnings],
  };
}
