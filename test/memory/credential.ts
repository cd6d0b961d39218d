import type { Credential, OpenCredential, Session } from '../../src/domain/ports.ts';

/** Credentials in memory: each call is granted at once; sessions are shared by all who open the same credential. */
export function createMemoryCredentials(onCall: () => void = () => {}): OpenCredential {
  const kept = new Map<string, Session>();
  return ({ id }): Credential => ({
    budget: {
      take: async (_priority, signal) => {
        signal?.throwIfAborted();
        onCall();
        return { waitedMs: 0 };
      },
      pauseFor: async () => {},
    },
    sessions: {
      read: async () => kept.get(id) ?? null,
      write: async (session) => void kept.set(id, session),
      forget: async (token) => {
        if (kept.get(id)?.token === token) kept.delete(id);
      },
    },
    close: async () => {},
  });
}
