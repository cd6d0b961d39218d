import { findImports, type Import, isTest, type Source } from './sources.ts';

/** What files of a folder may import of ours and of others. */
type Direction = {
  /** Folders under `src`, besides the folder itself. */
  readonly ours: readonly string[];
  /** Folders of which only types may be imported. */
  readonly types?: readonly string[];
  /** `null`: any package. */
  readonly packages: readonly string[] | null;
};

const below = ['base', 'contract', 'core'];
const adapter: Direction = { ours: below, packages: null };
const flow: Direction = { ours: below, packages: null };
const pure: Direction = { ours: ['core'], types: ['contract'], packages: [] };

/** Who may import whom. `rules` and `config-module` are places inside other folders. */
const directions: Readonly<Record<string, Direction>> = {
  base: { ours: [], packages: null },
  contract: { ours: [], packages: ['avsc', 'node:'] },
  core: pure,
  rules: pure,
  'config-module': { ours: ['base'], packages: ['zod'] },
  kafka: adapter,
  connect: adapter,
  pics: adapter,
  store: adapter,
  redis: adapter,
  vendors: adapter,
  outbound: flow,
  inbound: flow,
  runs: flow,
  ops: flow,
  config: { ours: ['base', 'config-module'], packages: null },
};

/** Packages that one place alone knows, so that they can be replaced in one place. */
const owners: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['src/kafka/client.ts', 'stack/'],
  '@kafkajs/confluent-schema-registry': ['src/kafka/'],
  avsc: ['src/contract/', 'src/kafka/', 'schemas/'],
  pg: ['src/pics/', 'src/store/', 'src/commands/', 'simulators/', 'stack/'],
  ioredis: ['src/redis/', 'stack/'],
  pino: ['src/base/'],
  'prom-client': ['src/base/metrics.ts'],
  fastify: ['src/ops/', 'simulators/'],
  commander: ['src/commands/', 'stack/', 'simulators/'],
  zod: ['src/base/', 'src/config/', 'src/vendors/', 'simulators/'],
};

/** Where a file belongs in the table above. */
export function placeOf(file: string): string {
  const parts = file.split('/');
  if (parts[0] !== 'src') return parts[0] ?? '';
  if (parts[1] === 'vendors' && parts[3] === 'rules') return 'rules';
  if (parts[1] !== 'config' && parts[1] !== 'commands' && parts.at(-1) === 'config.ts')
    return 'config-module';
  return parts[1] === 'main.ts' ? 'main' : (parts[1] ?? '');
}

/** One sentence for each import that the table does not allow. Tests may import everything. */
export function findWrongImports(sources: readonly Source[]): string[] {
  const imports = sources.filter(({ path }) => !isTest(path)).flatMap(findImports);
  return imports.flatMap((one) => {
    const reason = one.isOurs ? judgeOurs(one) : judgePackage(one);
    return reason === null ? [] : [`${one.from} imports ${one.to}: ${reason}`];
  });
}

function judgeOurs({ from, to, isType }: Import): string | null {
  const [here, there] = [placeOf(from), placeOf(to)];
  if (isTest(to)) return 'tests are imported by nobody';
  if (there === 'main') return 'src/main.ts is imported by nobody';
  if (there === 'commands')
    return here === 'commands' || here === 'main' ? null : 'commands is imported by nobody';
  if (!from.startsWith('src/')) {
    return to.startsWith('src/') ? `${here} knows nothing of src` : null;
  }
  if (!to.startsWith('src/')) return to === 'package.json' ? null : `src knows nothing of ${there}`;
  if (here === 'commands' || here === 'main') return null;
  if (isOtherVendor(from, to)) return 'one vendor knows nothing of another';
  const direction = directions[here];
  if (direction === undefined) return `the folder ${here} is not in the table`;
  if (here === there || folderOf(from) === folderOf(to)) return judgeInside(here, there);
  if (direction.ours.includes(there)) return null;
  if (direction.types?.includes(there)) return isType ? null : `${here} may import only types of ${there}`;
  return `${here} may import ${[...direction.ours, ...(direction.types ?? [])].join(', ') || 'nothing of ours'}`;
}

/** Rules are pure also towards their own vendor's client. */
function judgeInside(here: string, there: string): string | null {
  return here === 'rules' && there !== 'rules' ? 'rules may import core and the types of contract' : null;
}

function folderOf(file: string): string {
  return file.split('/').slice(0, 2).join('/');
}

function isOtherVendor(from: string, to: string): boolean {
  const vendorOf = (file: string) => /^src\/vendors\/([\w-]+)\//.exec(file)?.[1];
  const [here, there] = [vendorOf(from), vendorOf(to)];
  return here !== undefined && there !== undefined && here !== there;
}

function judgePackage({ from, to, isType }: Import): string | null {
  const owner = owners[to];
  if (owner !== undefined && !owner.some((place) => from.startsWith(place))) {
    return `only ${owner.join(', ')} may`;
  }
  const packages = directions[placeOf(from)]?.packages ?? null;
  if (!from.startsWith('src/') || packages === null || isType) return null;
  const isAllowed = packages.some((name) => to === name || (name.endsWith(':') && to.startsWith(name)));
  return isAllowed ? null : `${placeOf(from)} may import ${packages.join(', ') || 'no package'}`;
}

/** Circles of imports between files of `src`, each told once. Types are left out: they are gone at run time. */
export function findCircles(sources: readonly Source[]): string[] {
  const graph = new Map(
    sources
      .filter(({ path }) => path.startsWith('src/') && !isTest(path))
      .map((source) => [
        source.path,
        findImports(source)
          .filter(({ isOurs, isType }) => isOurs && !isType)
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
