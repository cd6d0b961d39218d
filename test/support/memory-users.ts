import {
  type AuditRow,
  failureWindowMs,
  type NewUser,
  sessionLimits,
  type User,
  type UserStore,
} from '../../src/domain/user.ts';

type Kept = NewUser & { readonly addedAtMs: number; readonly lastSignInAtMs: number | null };
type Session = { readonly name: string; readonly openedAtMs: number; usedAtMs: number };

/** Users of the page, sessions and audit in memory; held to the same claims as the real ones. */
export function createMemoryUsers(nowMs: () => number): UserStore {
  const users = new Map<string, Kept>();
  const sessions = new Map<string, Session>();
  const audit: AuditRow[] = [];
  let failures: { readonly name: string; readonly address: string; readonly atMs: number }[] = [];
  const lasts = ({ openedAtMs, usedAtMs }: Session): boolean =>
    nowMs() - openedAtMs < sessionLimits.wholeMs && nowMs() - usedAtMs < sessionLimits.idleMs;
  const endAll = (name: string): void => {
    for (const [digest, session] of sessions) if (session.name === name) sessions.delete(digest);
  };
  const toUser = ({ name, role, seesNames, mustChange }: User): User => ({
    name,
    role,
    seesNames,
    mustChange,
  });
  const add = (user: NewUser): boolean => {
    if (users.has(user.name)) return false;
    users.set(user.name, { ...user, addedAtMs: nowMs(), lastSignInAtMs: null });
    return true;
  };
  return {
    list: async () =>
      [...users.values()]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((user) => ({
          ...toUser(user),
          addedAtMs: user.addedAtMs,
          lastSignInAtMs: user.lastSignInAtMs,
          sessions: [...sessions.values()].filter((one) => one.name === user.name && lasts(one)).length,
        })),
    add: async (user) => add(user),
    addFirst: async (user) => users.size === 0 && add(user),
    remove: async (name) => {
      endAll(name);
      return users.delete(name);
    },
    readPassword: async (name) => users.get(name)?.password ?? null,
    setPassword: async (name, change) => {
      const user = users.get(name);
      if (user === undefined) return false;
      endAll(name);
      users.set(name, { ...user, ...change });
      return true;
    },
    openSession: async (name, digest) => {
      const user = users.get(name);
      if (user === undefined) return false;
      users.set(name, { ...user, lastSignInAtMs: nowMs() });
      sessions.set(digest, { name, openedAtMs: nowMs(), usedAtMs: nowMs() });
      return true;
    },
    readSession: async (digest, isActive) => {
      const session = sessions.get(digest);
      const user = users.get(session?.name ?? '');
      if (session === undefined || user === undefined || !lasts(session)) return null;
      if (isActive && nowMs() - session.usedAtMs > 60_000) session.usedAtMs = nowMs();
      return toUser(user);
    },
    endSession: async (digest) => void sessions.delete(digest),
    noteFailure: async ({ name, address }) => void failures.push({ name, address, atMs: nowMs() }),
    countFailures: async ({ name, address }) => {
      const recent = failures.filter(
        (one) => one.address === address && nowMs() - one.atMs < failureWindowMs,
      );
      return { ofBoth: recent.filter((one) => one.name === name).length, ofAddress: recent.length };
    },
    forgetFailures: async ({ name, address }) => {
      failures = failures.filter((one) => one.name !== name || one.address !== address);
    },
    recordAudit: async (entry) => void audit.push({ ...entry, id: String(audit.length + 1), atMs: nowMs() }),
    listAudit: async ({ beforeId, limit }) =>
      audit
        .toReversed()
        .filter(({ id }) => beforeId === null || Number(id) < Number(beforeId))
        .slice(0, limit),
  };
}
