const CLOSED = new Set(['keychain', 'assessment', 'progress', 'episode']);
const SIGN_ON = new Set(['sso', 'ssoid', 'singlesignon', 'singlesignonid']);

/** Endpoints that are rumoured but not part of the contract; a Visit can be created and nothing else. */
export function isUnproven(method: string, segments: readonly string[]): boolean {
  const [first, , third] = segments.map((segment) => segment.toLowerCase());
  if (first === undefined) return false;
  if (CLOSED.has(first)) return true;
  if (first === 'visit') return method !== 'POST' || segments.length > 1;
  return first === 'user' && third !== undefined && SIGN_ON.has(third);
}
