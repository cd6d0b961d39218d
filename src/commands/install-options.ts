import type { Config } from '../config/config.ts';
import type { InstallOptions } from '../pics/install/options.ts';

/** One origin for each concurrent connection that writes vendor data, as the reconciler opens them. */
export const originsPerVendor = 2;

export function toInstallOptions(
  { pics, connector }: Config,
  { withPasswords }: { withPasswords: boolean },
): InstallOptions {
  const vendors = ['onefile', 'smartassessor'];
  return {
    roles: {
      connector: {
        name: connector.user,
        ...(withPasswords && connector.password !== undefined && { password: connector.password.reveal() }),
      },
      sync: { name: pics.user, ...(withPasswords && { password: pics.password.reveal() }) },
    },
    publication: connector.publication,
    origins: vendors.flatMap((vendor) =>
      Array.from(
        { length: originsPerVendor },
        (_, index) => `${pics.replicationOriginPrefix}:${vendor}:${index + 1}`,
      ),
    ),
    requesters: [],
  };
}
