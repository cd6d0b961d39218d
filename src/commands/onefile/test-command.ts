import type { Command } from 'commander';
import type { Json, JsonObject } from '../../core/json.ts';
import { type Column, type Io, toTable } from '../io.ts';
import { type Given, giveAndReport, type WaitOptions, withWaitOptions } from '../request-command.ts';
import { toObject } from './show-initial-plan.ts';

export const testConnection: Given = {
  ...{ kind: 'test-connection', vendor: 'onefile', roles: 'outbound and reconciler', runsDisabled: true },
};

export function addTestCommand(group: Command, io: Io): void {
  withWaitOptions(group.command('test'))
    .description('sign in to OneFile and show customer, centres and what is not certain; changes nothing')
    .action((options: WaitOptions) =>
      giveAndReport(io, options, testConnection, ({ result }) =>
        result === null ? '' : toConnectionText(result),
      ),
    );
}

/** What a test of the connection found, for a person. */
export function toConnectionText(result: JsonObject): string {
  const { environment, interfaceVersion, customer, centre, centres, uncertainNames, notes, misValues } =
    result;
  const list = (value: Json | undefined): JsonObject[] =>
    Array.isArray(value) ? value.map((one) => toObject(one as Json)) : [];
  const chosen = typeof centre === 'string' ? centre : 'none yet: set onefile.centreId';
  return [
    `OneFile ${environment ?? ''} answers: interface ${interfaceVersion ?? 'not told'}, customer ${customer ?? 'not told'}, centre ${chosen}\n`,
    `\n${toTable(centreColumns, list(centres))}`,
    ...toMisLines(toObject(misValues)),
    ...(Array.isArray(notes) ? notes.map((note) => `${note}\n`) : []),
    ...(uncertainNames === undefined
      ? []
      : [`\nNames at OneFile that nobody has proven:\n${toTable(nameColumns, list(uncertainNames))}`]),
  ].join('');
}

const toCell = (value: Json | undefined): string | null => {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === null || value === undefined ? null : String(value);
};

const centreColumns: readonly Column<JsonObject>[] = [
  { title: 'centre', value: ({ id }) => toCell(id) },
  { title: 'name', value: ({ name }) => toCell(name) },
  { title: 'new users get a login', value: ({ createsLogins }) => toCell(createsLogins) },
  { title: 'its mail is held back', value: ({ suppressesMail }) => toCell(suppressesMail) },
];

const nameColumns: readonly Column<JsonObject>[] = [
  { title: 'setting', value: ({ key }) => `onefile.names.${key}` },
  { title: 'name in use', value: ({ resource, wireName }) => `${resource}.${wireName}` },
  { title: 'use', value: ({ direction }) => toCell(direction) },
  { title: 'how sure', value: ({ provenance }) => toCell(provenance) },
];

/** OF-35: whether matching by MIS value would find anybody. */
function toMisLines(misValues: JsonObject): string[] {
  return ['assessors', 'placements'].flatMap((kind) => {
    const { seen, withMisValue } = toObject(misValues[kind]);
    return seen === undefined ? [] : [`${withMisValue} of ${seen} ${kind} looked at carry a MIS value\n`];
  });
}
