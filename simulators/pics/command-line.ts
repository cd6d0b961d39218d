import { parseArgs } from 'node:util';
import { defaultInputs, findInputFault, type GeneratorInputs } from './generate/inputs.ts';

export const help = `Loads seeded PICS data into a Postgres database that stands in for PICS.

  node simulators/pics/main.ts load --database-url <url> [options]

  --database-url <url>     database to load into, such as postgres://postgres@localhost:5432/pics;
                           the schema "pics" is created, and must hold no rows
  --onefile-control <url>  also load the matching records into the OneFile simulator at this address
  --smart-assessor-control <url>
                           the same for the Smart Assessor simulator
  --learners <n>           50 to 100000 (default ${defaultInputs.learners})
  --seed <n>               0 to 2147483647 (default ${defaultInputs.seed})
  --as-of <date>           the date that stands for today (default ${defaultInputs.asOf})
  --vendors <shares>       linked to OneFile, to Smart Assessor, to none, in per cent (default 60,25,15)
  --external-id <vendor>   the vendor of the ids of officers and organisations: onefile or smartassessor
  --elements <form>        how OneFile shows elements: progress or pair (default ${defaultInputs.elements})
  --help                   this text
`;

export type Command =
  | { kind: 'help' }
  | { kind: 'refused'; reason: string }
  | {
      kind: 'load';
      databaseUrl: string;
      oneFileControl: string | null;
      smartAssessorControl: string | null;
      inputs: GeneratorInputs;
    };

/** Reads the arguments after the program's name. What is wrong comes back as a sentence. */
export function readCommand(args: readonly string[]): Command {
  const parsed = parseOptions(args);
  if (typeof parsed === 'string') return { kind: 'refused', reason: parsed };
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  if (positionals.length === 0) return { kind: 'refused', reason: 'say what to do: load (see --help)' };
  if (positionals.join(' ') !== 'load')
    return {
      kind: 'refused',
      reason: `there is no command "${positionals.join(' ')}"; the one command is load`,
    };
  if (values['database-url'] === undefined)
    return { kind: 'refused', reason: 'say which database to load: --database-url <url>' };
  const inputs = readInputs(values);
  if (typeof inputs === 'string') return { kind: 'refused', reason: inputs };
  return {
    kind: 'load',
    databaseUrl: values['database-url'],
    oneFileControl: values['onefile-control'] ?? null,
    smartAssessorControl: values['smart-assessor-control'] ?? null,
    inputs,
  };
}

const options = {
  'database-url': { type: 'string' },
  'onefile-control': { type: 'string' },
  'smart-assessor-control': { type: 'string' },
  learners: { type: 'string' },
  seed: { type: 'string' },
  'as-of': { type: 'string' },
  vendors: { type: 'string' },
  'external-id': { type: 'string' },
  elements: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readInputs(
  values: {
    [K in Exclude<keyof typeof options, 'help'>]?: string | undefined;
  },
): GeneratorInputs | string {
  const { elements = defaultInputs.elements, 'external-id': externalId = defaultInputs.externalIdVendor } =
    values;
  if (elements !== 'progress' && elements !== 'pair') return 'elements must be progress or pair';
  if (externalId !== 'onefile' && externalId !== 'smartassessor')
    return 'external-id must be onefile or smartassessor';
  const [onefile = NaN, smartassessor = NaN, none = NaN] = (values.vendors ?? '60,25,15')
    .split(',')
    .map(Number);
  const inputs: GeneratorInputs = {
    ...defaultInputs,
    seed: readNumber(values.seed, defaultInputs.seed),
    learners: readNumber(values.learners, defaultInputs.learners),
    asOf: values['as-of'] ?? defaultInputs.asOf,
    vendors: { onefile, smartassessor, none },
    externalIdVendor: externalId,
    elements,
  };
  return findInputFault(inputs) ?? inputs;
}

function readNumber(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : text.trim() === '' ? NaN : Number(text);
}
