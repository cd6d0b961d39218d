import type { VendorName } from '../../domain/vendor-name.ts';
import type { Connection } from './client/transport.ts';
import { isLocalAddress, type OneFileSection, toAddress } from './config.ts';
import type { OneFileSettings } from './rules/settings.ts';

/** Settings outside the OneFile section that its rules ask for. */
export type CommonSettings = {
  readonly nearRealTime: boolean;
  readonly deletedReviews: 'recreate' | 'remember';
  readonly externalIdVendor: VendorName | null;
};

/** What the rules are told. `centreId` is the chosen centre, or the only one the token reaches (OF-5). */
export function toRuleSettings(
  section: OneFileSection,
  common: CommonSettings,
  centreId: string,
): OneFileSettings {
  const { customerToken: _customerToken, baseUrl: _baseUrl, names: _names, ...rest } = section;
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
 * What the client is told. Null when the section does not name an environment and a token.
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
  };
}
