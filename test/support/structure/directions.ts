import { findImports, type Import, isProduct, isTest, type Source } from './sources.ts';

/** What files of a place may import of ours and of others. */
type Direction = {
  /** Places under `src`, besides the place itself. */
  readonly ours: readonly string[];
  /** Places of which only types may be imported. */
  readonly types?: readonly string[];
  /** `null`: any package. */
  readonly packages: readonly string[] | null;
};

const adapter: Direction = { ours: ['base', 'domain'], packages: null };
const pure: Direction = { ours: ['domain'], types: ['schema-types'], packages: ['node:crypto'] };
/** Flows receive ports, so they need no package. */
const flow: Direction = { ours: ['base', 'domain'], types: ['vendor'], packages: [] };

/**
 * Who may import whom. Most places are folders of `src`; `placeOf` names the places inside folders.
 *
 * `engine` is below the other flows: they bring a learner to it and hand on what it records. The types that are
 * generated from schemas stand in `kafka`, and a vendor's normal form is typed by them.
 */
const directions: Readonly<Record<string, Direction>> = {
  base: { ours: [], packages: null },
  domain: { ours: [], types: ['base'], packages: ['node:crypto'] },
  'schema-types': { ours: [], packages: [] },
  vendor: { ours: [], types: ['base', 'domain'], packages: [] },
  'vendor-common': { ...pure, types: ['base'] },
  rules: { ...pure, ours: [...pure.ours, 'vendor-common'] },
  'vendor-config': { ours: ['base', 'rules'], packages: ['zod'] },
  'one-vendor': {
    ours: ['base', 'domain', 'vendor-common', 'rules', 'vendor-config'],
    types: ['vendor', 'schema-types'],
    packages: null,
  },
  'vendor-list': { ours: ['one-vendor'], types: ['vendor'], packages: [] },
  engine: flow,
  requests: { ...flow, ours: [...flow.ours, 'engine'] },
  polling: { ...flow, ours: [...flow.ours, 'engine'] },
  reconciling: { ...flow, ours: [...flow.ours, 'engine'] },
  runs: { ...flow, ours: [...flow.ours, 'engine', 'reconciling'] },
  drift: { ...flow, ours: [...flow.ours, 'runs'] },
  kafka: { ...adapter, ours: [...adapter.ours, 'schema-types'] },
  pics: adapter,
  store: adapter,
  redis: adapter,
  ops: adapter,
  page: { ours: ['base', 'domain', 'ops'], types: ['vendor'], packages: null },
  config: { ours: ['base', 'domain', 'vendor-list'], types: ['vendor'], packages: null },
};

/** The composition: `roles` import all but the command line, and the command line imports everything. */
const composition: readonly string[] = ['roles', 'cli', 'main'];

/** Packages that one place alone knows, so that they can be replaced in one place. */
const owners: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['src/kafka/client.ts', 'stack/'],
  avsc: ['src/kafka/', 'schemas/'],
  pg: ['src/base/pool.ts', 'src/pics/', 'src/store/', 'src/roles/', 'src/cli/', 'simulators/', 'stack/'],
  'node-pg-migrate': ['src/store/database.ts'],
  ioredis: ['src/redis/', 'stack/'],
  pino: ['src/base/log.ts'],
  '@opentelemetry/api': ['src/ops/tracer.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['src/ops/tracer.ts'],
  '@opentelemetry/resources': ['src/ops/tracer.ts'],
  '@opentelemetry/sdk-trace': ['src/ops/tracer.ts'],
  'prom-client': ['src/base/metrics.ts'],
  fastify: ['src/ops/health.ts', 'src/page/', 'simulators/'],
  '@fastify/cookie': ['src/page/server.ts'],
  '@fastify/helmet': ['src/page/server.ts'],
  '@fastify/rate-limit': ['src/page/server.ts'],
  '@fastify/static': ['src/page/server.ts'],
  undici: ['src/vendors/'],
  yaml: ['src/config/'],
  commander: ['src/cli/', 'stack/', 'simulators/'],
  'fast-xml-parser': ['src/vendors/smart-assessor/', 'simulators/'],
  react: ['page/'],
  '@mantine/core': ['page/'],
  '@tanstack/react-query': ['page/'],
  wouter: ['page/'],
  vite: ['page/vite.config.ts'],
  'playwright-core': ['test/page/'],
  zod: ['src/base/setting.ts', 'src/config/', 'src/page/', 'src/vendors/', 'simulators/'],
};

/** What the browser's part of the page and the server have in common. */
const pageContract = 'src/page/api.ts';

/** Where a file belongs in the table above. */
export function placeOf(file: string): string {
  const [top = '', folder = '', inner = '', part] = file.split('/');
  if (top !== 'src') return top;
  if (file.startsWith('src/kafka/generated/')) return 'schema-types';
  if (folder !== 'vendors') return folder === 'main.ts' ? 'main' : folder;
  if (inner === 'vendor.ts') return 'vendor';
  if (inner === 'all.ts') return 'vendor-list';
  // A vendor's port is what its rules and its wire agree on.
  if (part === 'rules' || part === 'wire' || part === 'port.ts') return 'rules';
  if (inner === 'common') return 'vendor-common';
  if (part === 'rules' || part === 'wire') return 'rules';
  return part === 'config.ts' ? 'vendor-config' : 'one-vendor';
}

/** One sentence for each import that the table does not allow. Tests may import everything. */
export function findWrongImports(sources: readonly Source[]): string[] {
  const imports = sources.filter(({ path }) => !isTest(path)).flatMap(findImports);
  return imports.flatMap((one) => {
    const reason = one.isOurs ? judgeOurs(one) : judgePackage(one);
    return reason === null ? [] : [`${one.from} imports ${one.to}: ${reason}`];
  });
}

/** Places of `src` that the table does not have, and places of the table that `src` does not have. */
export function findUnlistedFolders(sources: readonly Source[]): string[] {
  const present = new Set(
    sources
      .map(({ path }) => path)
      .filter(isProduct)
      .map(placeOf),
  );
  // Generated files are not among the sources.
  present.add('schema-types');
  const listed = new Set([...Object.keys(directions), ...composition]);
  return [...present.symmetricDifference(listed)].toSorted();
}

function judgeOurs({ from, to, isType }: Import): string | null {
  const [here, there] = [placeOf(from), placeOf(to)];
  // The demo and the benches drive the installation that the tests of the stack drive.
  if (isTest(to)) return here === 'demo' ? null : 'only tests and the demo import tests';
  if (there === 'main') return 'nothing imports src/main.ts';
  if (there === 'cli') return here === 'cli' || here === 'main' ? null : 'only src/main.ts imports cli';
  if (here === 'page' && !from.startsWith('src/') && to.startsWith('src/'))
    return to === pageContract && isType ? null : `the page knows the types of ${pageContract} alone`;
  if (!from.startsWith('src/')) {
    return to.startsWith('src/') && !(here === 'demo' && isType) ? `${here} knows nothing of src` : null;
  }
  if (!to.startsWith('src/')) return to === 'package.json' ? null : `src knows nothing of ${there}`;
  if (here === 'cli' || here === 'main' || here === there) return judgeVendors(from, to);
  if (here === 'roles') return there === 'one-vendor' ? 'roles know vendors by the list alone' : null;
  const direction = directions[here];
  if (direction === undefined) return `the folder ${here} is not in the table`;
  if (direction.ours.includes(there)) return judgeVendors(from, to);
  if (direction.types?.includes(there)) return isType ? null : `${here} may import only types of ${there}`;
  return `${here} may import ${[...direction.ours, ...(direction.types ?? [])].join(', ') || 'nothing of ours'}`;
}

function judgeVendors(from: string, to: string): string | null {
  const vendorOf = (file: string) => /^src\/vendors\/([\w-]+)\//.exec(file)?.[1];
  const [here, there] = [vendorOf(from), vendorOf(to)];
  const isOther = here !== undefined && there !== undefined && here !== there && there !== 'common';
  return isOther ? 'one vendor knows nothing of another' : null;
}

function judgePackage({ from, to, isType }: Import): string | null {
  const owner = owners[to];
  if (owner !== undefined && !owner.some((place) => from.startsWith(place))) {
    return `only ${owner.join(', ')} may`;
  }
  const packages = directions[placeOf(from)]?.packages ?? null;
  if (!from.startsWith('src/') || packages === null || isType) return null;
  return packages.includes(to) ? null : `${placeOf(from)} may import ${packages.join(', ') || 'no package'}`;
}

/**
 * Circles of imports between files of `src`, each found once. Types count: two files that need each other's types are
 * one subject, or a third file is missing.
 *
 * The walk goes depth first and keeps its trail; an import of a file on the trail closes a circle.
 */
export function findCircles(sources: readonly Source[]): string[] {
  const graph = new Map(
    sources
      .filter(({ path }) => isProduct(path))
      .map((source) => [
        source.path,
        findImports(source)
          .filter(({ isOurs }) => isOurs)
          .map(({ to }) => to),
      ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  function visit(file: string, trail: readonly string[]): void {
    const begin = trail.indexOf(file);
    if (begin >= 0) circles.push([...trail.slice(begin), file].join(' → '));
    if (begin >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  }
  for (const file of graph.keys()) visit(file, []);
  return circles;
}
