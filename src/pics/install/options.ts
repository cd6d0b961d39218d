/**
 * What an installation in a PICS database is called. Roles and replication origins belong to the whole Postgres
 * cluster, the rest to one database; so two installations on one cluster need names of their own for the former.
 */
export interface InstallOptions {
  roles: {
    /** Debezium's role: LOGIN REPLICATION, reads the captured tables. */
    connector: InstalledRole;
    /** The sync's role: LOGIN, reads PICS, writes the columns of `written-columns.ts`. */
    sync: InstalledRole;
  };
  publication: string;
  /** Replication origins to make: one name per concurrent connection that writes vendor data. */
  origins: readonly string[];
  /** Existing roles (PICSWeb, an administrator) that may give commands as rows of `picsync.request`. */
  requesters: readonly string[];
}

export interface InstalledRole {
  name: string;
  /** Absent: the role is made without a password, and a password it has is left alone. */
  password?: string;
}

export const defaultInstallOptions: InstallOptions = {
  roles: { connector: { name: 'picsync_connector' }, sync: { name: 'picsync_sync' } },
  publication: 'picsync_pub',
  origins: ['picsync:onefile:1', 'picsync:onefile:2', 'picsync:smartassessor:1', 'picsync:smartassessor:2'],
  requesters: [],
};
