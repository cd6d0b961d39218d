import type pg from 'pg';
import { createStorePool } from '../../../src/store/database.ts';

/** What the database did for what was asked of it. */
export type Work = {
  /** Pages of tables and indexes that were looked at, in memory or not. */
  readonly pages: number;
  /** Tables of which many more rows were read than were wanted: without an index, or along one that does not serve. */
  readonly scanned: readonly string[];
};

type PlanNode = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Subplan Name'?: string;
  readonly 'CTE Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
};

/** What a superuser sets for the database before a session of `openWatchedPool` is opened in it. */
export const watchedSettings: readonly string[] = [
  "session_preload_libraries = 'auto_explain'",
  ...['log_analyze = on', 'log_buffers = on', 'log_timing = off', 'log_format = json'].map(
    (setting) => `auto_explain.${setting}`,
  ),
];

/**
 * The store's own pool with one session, in which the server tells how it ran each statement (auto_explain).
 *
 * So the plans are those of the product: prepared, generic, and with its settings of the planner.
 */
export function openWatchedPool(databaseUrl: string) {
  const pool = createStorePool({ databaseUrl, maxConnections: 1, statementTimeoutMs: 600_000 });
  const plans: PlanNode[] = [];
  pool.on('connect', (client: pg.PoolClient) => {
    client.on('notice', ({ message = '' }) => {
      const at = message.indexOf('{');
      if (at !== -1) plans.push((JSON.parse(message.slice(at)) as { Plan: PlanNode }).Plan);
    });
  });
  const tell = (isOn: boolean) =>
    pool.query(
      `set client_min_messages = ${isOn ? 'log' : 'notice'}; set auto_explain.log_min_duration = ${isOn ? 0 : -1}`,
    );
  return {
    pool,
    /** Does it, with the server's own account of it. */
    watch: async (act: () => Promise<unknown>): Promise<Work> => {
      await tell(true);
      plans.length = 0;
      await act();
      const seen = [...plans];
      await tell(false);
      if (seen.length === 0) throw new Error('the server has told of no statement');
      return {
        pages: seen.reduce((sum, plan) => sum + countPages(plan), 0),
        scanned: [...new Set(seen.flatMap(findScanned))].sort(),
      };
    },
  };
}

/**
 * A node's count has those of the nodes that it has asked. A part that writes and that no other part asks is run after
 * the whole, and is counted by itself alone.
 */
function countPages(plan: PlanNode): number {
  const nodes = listNodes(plan);
  const asked = new Set(nodes.map((node) => node['CTE Name']));
  const counted = nodes.filter((node) => {
    const name = /^CTE (.+)$/.exec(node['Subplan Name'] ?? '')?.[1];
    return node === plan || (name !== undefined && !asked.has(name));
  });
  return counted.reduce(
    (sum, node) => sum + (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0),
    0,
  );
}

function listNodes(node: PlanNode): readonly PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(listNodes)];
}

/**
 * So many rows read in vain are too many, unless a tenth as many were wanted. What a block range index checks again is
 * not counted: it always gives the rows of whole ranges.
 */
const inVain = 10_000;

function findScanned(plan: PlanNode): readonly string[] {
  return listNodes(plan).flatMap((node) => {
    const loops = node['Actual Loops'];
    const removed = loops * (node['Rows Removed by Filter'] ?? 0);
    const isInVain = removed >= inVain && removed > 10 * loops * node['Actual Rows'];
    const table = node['Relation Name'];
    return table !== undefined && (node['Node Type'] === 'Seq Scan' || isInVain) ? [table] : [];
  });
}
