import { type Queryable, toSqlState } from './queryable.ts';

export type OriginOptions = {
  /** `onefile`: the origins are called `picsync:onefile:<n>`. */
  readonly vendor: string;
  /** How many names to try. */
  readonly count: number;
  readonly prefix?: string;
  /** Told once why own writes go without a mark: `refused` or `missing`, or `busy` when more connections than names. */
  readonly onUnmarked: (reason: 'refused' | 'missing' | 'busy') => void;
  readonly now?: () => number;
};

export type Origins = {
  /** Marks the connection's session, once. False: it goes on without a mark. */
  mark(connection: Queryable & object): Promise<boolean>;
};

const refused = '42501';
const missing = '42704';
const busy = '55006';
/** A session that found no free name tries again after this: each vain attempt is an error in the server's log. */
const retryMs = 10_000;

/**
 * Marks sessions as the sync's own, so that outbound drops their changes without a look (`source.origin`).
 *
 * A name serves one session at a time and is freed when the session ends. Without the mark nothing is wrong: the
 * changes come back, the fresh read equals the shadow, and no call follows.
 */
export function createOrigins({
  vendor,
  count,
  prefix = 'picsync',
  onUnmarked,
  now = Date.now,
}: OriginOptions): Origins {
  const marked = new WeakSet<object>();
  const triedAtMs = new WeakMap<object, number>();
  let isRefused = false;
  const warned = new Set<string>();
  const warn = (reason: 'refused' | 'missing' | 'busy'): false => {
    if (!warned.has(reason)) onUnmarked(reason);
    warned.add(reason);
    return false;
  };
  const mark = async (connection: Queryable & object): Promise<boolean> => {
    if (marked.has(connection)) return true;
    if (isRefused || now() - (triedAtMs.get(connection) ?? Number.NEGATIVE_INFINITY) < retryMs) return false;
    triedAtMs.set(connection, now());
    let isBusy = false;
    for (let n = 1; n <= count; n += 1) {
      const state = await trySetUp(connection, `${prefix}:${vendor}:${n}`);
      if (state === null) {
        marked.add(connection);
        return true;
      }
      isRefused = state === refused;
      if (isRefused) return warn('refused');
      isBusy ||= state === busy;
    }
    return warn(isBusy ? 'busy' : 'missing');
  };
  return { mark };
}

async function trySetUp(connection: Queryable, name: string): Promise<string | null> {
  try {
    await connection.query({ text: 'select pg_replication_origin_session_setup($1)', values: [name] });
    return null;
  } catch (fault) {
    const state = toSqlState(fault);
    if (state === refused || state === missing || state === busy) return state;
    throw fault;
  }
}
