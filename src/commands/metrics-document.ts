import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { roleNames } from './run/role.ts';

export type MetricInfo = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Roles that serve it; `every` where the frame of all roles makes it. */
  readonly roles: readonly string[];
};

const definition = /\.(counter|gauge|histogram)\(\{(.*?)\}\)/gs;
const prefix = 'pics_sync_';

/**
 * Every metric the sources define, found in their text.
 *
 * A list kept by hand would be forgotten, and the roles make their metrics only after they have connected. What cannot
 * be read, such as a name that is computed, is thrown, so that nothing is left out in silence.
 */
export function readMetrics(root: string): MetricInfo[] {
  const reachable = new Map(
    roleNames.map((role) => [role, findImported(root, `src/commands/run/${role}.ts`)]),
  );
  const metrics = listSources(root, 'src').flatMap((file) => {
    const roles = roleNames.filter((role) => reachable.get(role)?.has(file));
    const text = readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(definition)].map(([, kind = '', body = '']) => ({
      ...toMetric(body, text, file),
      kind: kind as MetricInfo['kind'],
      roles: roles.length === 0 ? ['every'] : roles,
    }));
  });
  return metrics.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toMetric(body: string, text: string, file: string): Pick<MetricInfo, 'name' | 'help' | 'labels'> {
  const name = /name: '([a-z_]+)'/.exec(body)?.[1];
  const help = /help: '([^']+)'/.exec(body)?.[1];
  const own = /labels: \[([^\]]*)\]/.exec(body)?.[1];
  const shared = /\blabels\b(?!:)/.test(body) ? /const labels = \[([^\]]*)\]/.exec(text)?.[1] : undefined;
  const labels = own ?? shared;
  if (name === undefined || help === undefined || labels === undefined)
    throw new Error(`a metric in ${file} cannot be read from its text: ${body.trim().slice(0, 60)}`);
  return {
    name: `${prefix}${name}`,
    help,
    labels: [...labels.matchAll(/'([^']+)'/g)].map(([, label = '']) => label),
  };
}

function listSources(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'src/base/metrics.ts')
    .sort();
}

/** A file and everything it imports, directly or not. */
function findImported(root: string, file: string, found = new Set<string>()): Set<string> {
  if (found.has(file) || !existsSync(path.join(root, file))) return found;
  found.add(file);
  const text = readFileSync(path.join(root, file), 'utf8');
  for (const [, target = ''] of text.matchAll(/from '(\.[^']+)'/g))
    findImported(root, path.posix.join(path.posix.dirname(file), target), found);
  return found;
}

const head = `# Metrics

Every role answers on \`/metrics\` (Prometheus text), \`/healthz\` (does only a restart help?) and \`/readyz\` (does it work now?);
the ops role on \`/status.json\` as well. Ports: \`http\` in [configuration.md](configuration.md). Labels have few values each:
a learner is never one.

Times are histograms in seconds from 5 ms to 10 minutes. \`what\` of the \`lag\` metrics is a line of \`pics-sync lag\`. Beside these
every process shows Node's own, under the same prefix.

This document is made from the code by \`npm run generate:docs\`.
`;

/** `docs/metrics.md`, from the definitions in the sources. */
export function toMetricsDocument(metrics: readonly MetricInfo[]): string {
  const rows = metrics.map(
    ({ name, kind, help, labels, roles }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${roles.join(', ')} | ${help} |\n`,
  );
  return `${head}\n| metric | kind | labels | role | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`;
}
