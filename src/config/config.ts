import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { isSecretReference, readSecret, Secret, type SecretSources } from '../base/secret.ts';
import { type VendorName, vendorWords } from '../domain/vendor-name.ts';
import { allVendors } from '../vendors/all.ts';
import type { ConfiguredVendor } from '../vendors/vendor.ts';
import { type ConfigFault, findNearest, toConfigFaults, toIssueText, toPathText } from './faults.ts';
import { type CommonSettings, commonSchema } from './sections.ts';
import { listSettings, type SettingInfo } from './setting-list.ts';

/** Vendors that this version does not support yet. Their sections may be in the file while they are off. */
const laterVendors = Object.entries(vendorWords)
  .filter(([name]) => !allVendors.some((vendor) => vendor.name === name))
  .map(([, word]) => word);

/**
 * Builds the configuration from the text of a settings file and the environment, or returns every fault at
 * once.
 *
 * Later sources win: defaults, file, environment. The steps: parse the YAML, replace references by secrets,
 * put in values from the environment, check the common settings and each vendor's section against their
 * schemas, and look for contradictions and warnings. A fault in a vendor's section makes only that vendor
 * `faulty`.
 */
export function toConfig(text: string, sources: SecretSources): ConfigRead {
  const parsed = parseTree(text);
  if (!('tree' in parsed)) return { kind: 'faults', faults: [parsed] };
  const settings = listAllSettings();
  const given = new Set(settings.filter(({ env }) => sources.env[env]).map(({ path }) => path));
  const followed = followReferences(parsed.tree, sources, (path) => given.has(path));
  const tree = followed.tree as Tree;
  const overriddenBy = applyOverrides(tree, settings, sources.env);
  const known = settings.map(({ path }) => path);
  const check = createCheck(followed.faults, { known, overriddenBy });

  const { common: commonTree, vendors: vendorTrees } = splitVendors(tree);
  const vendors = readVendors(vendorTrees, check);
  const common = check(commonSchema, commonTree, '');
  if (common.kind === 'faults') return common;
  const faults = findContradictions(common.value, vendors);
  if (faults.length > 0) return { kind: 'faults', faults };
  const warnings = [
    ...findUnknownOverrides(settings, sources.env, followed.referenced),
    ...findLaterVendors(tree),
    ...findMixedEnvironments(common.value, vendors),
  ];
  return { kind: 'config', config: complete(common.value, vendors, warnings) };
}

/** Lists every setting of the file, including those of the vendors. */
export function listAllSettings(): SettingInfo[] {
  return [
    ...listSettings(commonSchema),
    ...allVendors.flatMap(({ configName, section }) => listSettings(section, configName)),
  ];
}

function parseTree(text: string): { tree: Tree } | ConfigFault {
  try {
    const tree: unknown = parseYaml(text) ?? {};
    if (typeof tree === 'object' && !Array.isArray(tree)) return { tree: tree as Tree };
    return {
      path: '',
      sentence: 'The file must contain settings by name, such as "kafka:" with lines below it.',
    };
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line ?? 1;
    const reason = error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? '';
    return { path: '', sentence: `Line ${line} is not valid YAML: ${reason}.` };
  }
}

type Checked<T> = { kind: 'value'; value: T } | { kind: 'faults'; faults: readonly ConfigFault[] };
type Check = <S extends z.ZodType>(schema: S, tree: unknown, path: string) => Checked<z.output<S>>;

/**
 * Faults of references in the checked section come first and replace the schema's faults for the same path.
 */
function createCheck(
  references: readonly ConfigFault[],
  context: { known: readonly string[]; overriddenBy: ReadonlyMap<string, string> },
): Check {
  return (schema, tree, path) => {
    const result = schema.safeParse(tree, { reportInput: true, error: toIssueText });
    const isVendorPath = (one: string) => isVendorName(one.split('.')[0] ?? '');
    const own = references.filter((fault) =>
      path === '' ? !isVendorPath(fault.path) : fault.path.startsWith(`${path}.`),
    );
    const issues = result.success
      ? []
      : result.error.issues.map((issue) => ({
          ...issue,
          path: path === '' ? issue.path : [path, ...issue.path],
        }));
    const referencePaths = new Set(own.map((fault) => fault.path));
    const faults = [
      ...own,
      ...toConfigFaults(issues, context).filter((fault) => !referencePaths.has(fault.path)),
    ];
    if (!result.success || faults.length > 0) return { kind: 'faults', faults };
    return { kind: 'value', value: result.data };
  };
}

function splitVendors(tree: Tree): { common: Tree; vendors: Tree } {
  const entries = Object.entries(tree);
  const isVendor = ([name]: [string, unknown]) => isVendorName(name);
  return {
    common: Object.fromEntries(entries.filter((one) => !isVendor(one) && !laterVendors.includes(one[0]))),
    vendors: Object.fromEntries(entries.filter(isVendor)),
  };
}

function isVendorName(name: string): boolean {
  return allVendors.some(({ configName }) => configName === name);
}

function readVendors(trees: Tree, check: Check): VendorSections {
  return Object.fromEntries(
    allVendors.map(({ configName, section }): [string, ConfiguredVendor] => {
      const checked = check(section, trees[configName] ?? {}, configName);
      if (checked.kind === 'faults') return [configName, { kind: 'faulty', faults: checked.faults }];
      const settings = checked.value as { readonly enabled: boolean };
      return [configName, { kind: settings.enabled ? 'enabled' : 'disabled', settings }];
    }),
  );
}

function findContradictions({ kafka }: CommonSettings, _vendors: VendorSections): ConfigFault[] {
  if (kafka.heartbeatIntervalMs * 3 <= kafka.sessionTimeoutMs) return [];
  const path = 'kafka.heartbeatIntervalMs';
  return [{ path, sentence: `${path} must be at most a third of kafka.sessionTimeoutMs.` }];
}

function findLaterVendors(tree: Tree): string[] {
  return laterVendors
    .filter((name) => {
      const section = tree[name];
      return typeof section === 'object' && section !== null && (section as Tree)['enabled'] === 'on';
    })
    .map((name) => `This version does not support ${name}: its section is ignored.`);
}

/** W-4: a live PICS belongs with the live environment, a test PICS with any other. */
function findMixedEnvironments({ pics }: CommonSettings, vendors: VendorSections): string[] {
  return allVendors.flatMap(({ configName, environmentOf }) => {
    const section = vendors[configName];
    if (section?.kind !== 'enabled') return [];
    const environment = environmentOf(section.settings);
    if (environment === null || environment.isLive === (pics.role === 'live')) return [];
    return [
      `pics.role is ${pics.role} and ${configName}.environment is ${environment.name}: test records and live records would mix. Correct one of the two settings.`,
    ];
  });
}

function complete(common: CommonSettings, vendors: VendorSections, warnings: readonly string[]): Config {
  const { store, connector, pics, registry } = common;
  const enabled = allVendors.find(({ configName }) => vendors[configName]?.kind === 'enabled');
  return {
    ...common,
    store: { url: store.url ?? toStoreUrl(store), poolSize: store.poolSize, keepDays: store.keepDays },
    connector: {
      ...connector,
      host: connector.host ?? pics.host,
      port: connector.port ?? pics.port,
      registryUrl: connector.registryUrl ?? toRegistryV2(registry.url),
    },
    externalIdVendor: common.externalIdVendor ?? enabled?.name ?? null,
    vendors,
    warnings,
  };
}

function toStoreUrl({ host, port, database, user, password }: CommonSettings['store']): Secret {
  const secret = password === undefined ? '' : `:${encodeURIComponent(password.reveal())}`;
  const address = `${encodeURIComponent(user)}${secret}@${host}:${port}`;
  return new Secret(`postgres://${address}/${encodeURIComponent(database)}`);
}

/**
 * The converter in Kafka Connect uses the registry's native interface, which has another path than the
 * Confluent-compatible one.
 */
function toRegistryV2(url: string): string {
  return `${url.replace(/\/apis\/ccompat\/v\d+$/, '')}/apis/registry/v2`;
}

/** The complete, checked configuration of an installation. Secrets are hidden unless revealed explicitly. */
export type Config = Omit<CommonSettings, 'store' | 'connector' | 'externalIdVendor'> & {
  readonly store: { readonly url: Secret } & Pick<CommonSettings['store'], 'poolSize' | 'keepDays'>;
  readonly connector: CommonSettings['connector'] & {
    /** The addresses as seen from Kafka Connect. */
    readonly host: string;
    readonly port: number;
    readonly registryUrl: string;
  };
  /** The vendor that owns the external-id columns (D-2); null when no vendor is enabled. */
  readonly externalIdVendor: VendorName | null;
  readonly vendors: VendorSections;
  /** Warnings about settings that are unusual but usable. */
  readonly warnings: readonly string[];
};

/** `config` may contain vendors that are `faulty`. Only those are stopped. */
type ConfigRead =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'faults'; readonly faults: readonly ConfigFault[] };

/** The vendors' own sections, by their name in the file. */
type VendorSections = Readonly<Record<string, ConfiguredVendor>>;

const defaultConfigFile = 'pics-sync.yaml';

/**
 * Reads the settings file and the environment.
 *
 * If no file is named, it is `PICS_SYNC_CONFIG` or `pics-sync.yaml`. The latter may be absent if the
 * environment sets everything that has no default. Relative paths of secret files start at the folder of
 * the settings file.
 */
export function readConfig(file: string | undefined, env: NodeJS.ProcessEnv): ConfigRead & { file: string } {
  const named = file ?? (env['PICS_SYNC_CONFIG'] || undefined);
  const chosen = path.resolve(named ?? defaultConfigFile);
  const text = readText(chosen);
  if (typeof text !== 'string' && named !== undefined) {
    return { kind: 'faults', file: chosen, faults: [{ path: '', sentence: text.sentence }] };
  }
  const folder = path.dirname(chosen);
  const sources = { env, readFile: (name: string) => readFileSync(path.resolve(folder, name), 'utf8') };
  if (typeof text === 'string') return { ...toConfig(text, sources), file: chosen };
  return { ...toConfig('', sources), file: `${chosen} does not exist: defaults and environment only` };
}

function readText(file: string): string | { sentence: string } {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    return { sentence: `The settings file ${file} ${reason}. Copy pics-sync.example.yaml to start.` };
  }
}

type Tree = { [name: string]: unknown };
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Names that are not settings: the path of the file, and names that the launcher of the local stack reads.
 */
const otherNames = /^PICS_SYNC_(CONFIG$|STACK_|TEST_|DEMO_)/;

/** Puts values from the environment into the tree. Returns which variable set which setting. */
function applyOverrides(tree: Tree, settings: readonly SettingInfo[], env: Env): Map<string, string> {
  const applied = new Map<string, string>();
  for (const setting of settings) {
    const text = env[setting.env];
    if (text === undefined || text === '') continue;
    if (put(tree, setting.path.split('.'), toValue(text, setting.form)))
      applied.set(setting.path, setting.env);
  }
  return applied;
}

/** Finds names in the environment that look like settings but are not. */
function findUnknownOverrides(
  settings: readonly SettingInfo[],
  env: Env,
  referenced: ReadonlySet<string>,
): string[] {
  const known = new Set(settings.map((setting) => setting.env));
  return Object.keys(env)
    .filter((name) => name.startsWith('PICS_SYNC_') && !otherNames.test(name))
    .filter((name) => !known.has(name) && !referenced.has(name))
    .map((name) => {
      const near = findNearest(name, known);
      return `${name} is set in the environment but is not a setting.${near === null ? '' : ` Did you mean ${near}?`}`;
    });
}

function toValue(text: string, form: SettingInfo['form']): unknown {
  switch (form) {
    case 'secret':
      return new Secret(text);
    case 'list':
      return text.split(',').map((entry) => toNumberIfNumeric(entry.trim()));
    case 'number':
      return toNumberIfNumeric(text.trim());
    case 'text':
    case 'other':
      return text;
  }
}

function toNumberIfNumeric(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** Returns false if the file has a value where a group should be. The schema then reports that. */
function put(tree: Tree, path: readonly string[], value: unknown): boolean {
  let at = tree;
  for (const name of path.slice(0, -1)) {
    at[name] ??= {};
    const inner = at[name];
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return false;
    at = inner as Tree;
  }
  at[path.at(-1) ?? ''] = value;
  return true;
}

type Followed = {
  readonly tree: unknown;
  readonly faults: readonly ConfigFault[];
  /** The environment variables that references name. */
  readonly referenced: ReadonlySet<string>;
};

/**
 * Replaces every reference by its secret.
 *
 * This runs before the schemas, so that schemas do no input or output. A reference that cannot be read is a
 * fault of its own.
 */
function followReferences(
  tree: unknown,
  sources: SecretSources,
  isOverridden: (path: string) => boolean,
): Followed {
  const faults: ConfigFault[] = [];
  const referenced = new Set<string>();

  function follow(value: unknown, path: readonly PropertyKey[]): unknown {
    if (isSecretReference(value)) {
      if ('env' in value) referenced.add(value.env);
      const at = toPathText(path);
      if (isOverridden(at)) return undefined;
      const read = readSecret(value, sources);
      if (read.kind === 'secret') return read.secret;
      faults.push({ path: at, sentence: `${at}: ${read.sentence}` });
      return undefined;
    }
    if (Array.isArray(value)) return value.map((inner, index) => follow(inner, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, follow(inner, [...path, name])]),
      );
    }
    return value;
  }

  return { tree: follow(tree, []), faults, referenced };
}
