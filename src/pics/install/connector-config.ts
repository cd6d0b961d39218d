/**
 * Fills the placeholders of a connector file: `${NAME}`, or `${NAME:-default}`.
 *
 * Kafka Connect's own references (`${file:/run/secrets/pics:password}`) have another form and are left as
 * they are, also as a value. So this process need not know a password.
 */
export function toConnectorConfig(
  template: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string | undefined>>,
): ConnectorConfig {
  const missing = new Set<string>();
  const entries = Object.entries(template).map(([name, setting]): [string, string] => [
    name,
    setting.replaceAll(/\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}/g, (_whole, key: string, fallback?: string) => {
      const value = values[key] ?? fallback;
      if (value === undefined) missing.add(key);
      return value ?? '';
    }),
  ]);
  return missing.size > 0
    ? { kind: 'incomplete', missing: [...missing] }
    : { kind: 'complete', config: Object.fromEntries(entries) };
}

type ConnectorConfig =
  | { kind: 'complete'; config: Record<string, string> }
  | { kind: 'incomplete'; missing: string[] };
