import type { Config } from '../config/config.ts';
import type { SchemaName } from '../kafka/generated/types.ts';
import { type TopicNames, topicNames } from '../kafka/topics.ts';
import { type CapturedTable, planCapture } from '../pics/install/columns.ts';
import { type Mapping, toAvroName, toMapping } from '../pics/mapping.ts';
import { allVendors } from '../vendors/all.ts';
import { roleSettings } from './role.ts';

/**
 * What is captured of PICS at this site under the settings in force, and the names that follow from it.
 *
 * `pics prepare`, `topics create`, `connector apply` and every role take it from here, so that tables, columns and
 * topics have the same names in all of them.
 */
type Capture = {
  readonly mapping: Mapping;
  readonly tables: readonly CapturedTable[];
  readonly topics: TopicNames;
  /** The columns of a captured table in its events: from the reference schema's name to the name at this site. */
  columnsOf(name: SchemaName): Readonly<Record<string, string>> | undefined;
};

export function toCapture(config: Config): Capture {
  const mapping = toMapping(config.pics.mapping);
  const { shared } = roleSettings(config);
  // A vendor that is off, or whose settings are faulty, exchanges nothing; its settings say what it would need.
  const needs = allVendors.flatMap((vendor) => {
    const configured = config.vendors[vendor.configName];
    if (configured === undefined || configured.kind === 'faulty') return [];
    return [vendor.capturedFields(configured.settings, shared)];
  });
  const tables = planCapture(mapping, needs);
  const columns = new Map<string, Readonly<Record<string, string>>>(
    tables.map(({ reference, columns: captured }) => [
      `pics.${reference}`,
      Object.fromEntries(captured.map((one) => [one.reference, toAvroName(one.column)])),
    ]),
  );
  return {
    mapping,
    tables,
    topics: topicNames(
      config.kafka.topicPrefix,
      Object.fromEntries(tables.map(({ reference, topicPart }) => [reference, topicPart])),
    ),
    columnsOf: (name) => columns.get(name),
  };
}
