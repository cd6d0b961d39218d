/*
 * People who use the page, and what is kept of their sessions. A password is kept only as a salted hash, a session only as
 * the hash of its token, so that a copy of the sync database lets no one in.
 */

/**
 * `viewer` sees health, counts and reasons. `operator` sees names and gives commands. `admin` also manages users and
 * switches vendors on and off.
 */
export const userRoles = ['viewer', 'operator', 'admin'] as const;
export type UserRole = (typeof userRoles)[number];

export type User = {
  /** Lower-case letters, digits, dots, hyphens and underscores, 2 to 64 of them. */
  readonly name: string;
  readonly role: UserRole;
  /** Whether a viewer may see names of learners; operators and admins always do. */
  readonly seesNames: boolean;
  /** The password was given by another person and must be changed before anything else. */
  readonly mustChange: boolean;
};

/** `password`: the salted hash, with what is needed to compute it again. */
export type NewUser = User & { readonly password: string };

/** A user as the list shows it. */
export type UserRow = User & {
  readonly addedAtMs: number;
  readonly lastSignInAtMs: number | null;
  /** Sessions that have not ended. */
  readonly sessions: number;
};

/** Failed attempts to sign in during the window: of one name from one address, and of all names from that address. */
export type SignInFailures = { readonly ofBoth: number; readonly ofAddress: number };

/** Who did what, or looked at whose data, and from where. Kept for 400 days by default. */
export type AuditEntry = {
  readonly by: string;
  /** `sign-in`, `sign-in-failed`, `command`, `view`, `user-added` and the like. */
  readonly act: string;
  /** What it was about: a command and its vendor, a run, a reason of held items. Codes and ids alone. */
  readonly about: string;
  /** Idents of learners whose names or values were shown, or whom a command named. */
  readonly idents: readonly string[];
  /** Network address of the caller; null: the command line. */
  readonly address: string | null;
};

export type AuditRow = AuditEntry & { readonly id: string; readonly atMs: number };

/** How long a session lasts at most, and without a sign of its user, milliseconds. */
export const sessionLimits = { wholeMs: 12 * 3_600_000, idleMs: 3_600_000 } as const;

/** In how long a window failed attempts are counted, milliseconds. */
export const failureWindowMs = 15 * 60_000;

/** Whether a text can be the name of a user. */
export function isUserName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{1,63}$/.test(text);
}

/** Whether the user may see names and values of learners. */
export function maySeeNames({ role, seesNames }: Pick<User, 'role' | 'seesNames'>): boolean {
  return role !== 'viewer' || seesNames;
}

/** The users of the page, their sessions, and the record of what they did. Times are those of the database. */
export type UserStore = {
  /** By name. */
  list(): Promise<readonly UserRow[]>;
  /** False: the name is taken. */
  add(user: NewUser): Promise<boolean>;
  /** Adds a user only while there are none. Two processes that try at once add one. */
  addFirst(user: NewUser): Promise<boolean>;
  /** False: there is no such user. Its sessions end with it. */
  remove(name: string): Promise<boolean>;
  /** The hash to compare with; null: there is no such user. */
  readPassword(name: string): Promise<string | null>;
  /** Ends every session of the user. False: there is no such user. */
  setPassword(
    name: string,
    change: { readonly password: string; readonly mustChange: boolean },
  ): Promise<boolean>;
  /** False: there is no such user any more. `digest`: of the session's token. */
  openSession(name: string, digest: string): Promise<boolean>;
  /**
   * The user of a session; null: it is unknown or has ended. `isActive`: the user is at work, so the idle time begins
   * again.
   */
  readSession(digest: string, isActive: boolean): Promise<User | null>;
  endSession(digest: string): Promise<void>;
  /** Notes a failed attempt. `name` and `address` may be hashes: they are only compared. */
  noteFailure(of: { readonly name: string; readonly address: string }): Promise<void>;
  countFailures(of: { readonly name: string; readonly address: string }): Promise<SignInFailures>;
  /** A successful attempt ends the count of its name and address. */
  forgetFailures(of: { readonly name: string; readonly address: string }): Promise<void>;
  recordAudit(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  listAudit(page: { readonly beforeId: string | null; readonly limit: number }): Promise<readonly AuditRow[]>;
};
