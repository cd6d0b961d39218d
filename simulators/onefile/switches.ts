import {
  PROFILES,
  SWITCH_TABLE,
  type SwitchDefinition,
  type SwitchName,
  type SwitchValues,
} from './switch-table.ts';

export type { SwitchValues } from './switch-table.ts';

export function defaultSwitches(): SwitchValues {
  const entries = Object.entries(SWITCH_TABLE).map(([name, { initial }]) => [name, initial]);
  return Object.fromEntries(entries) as SwitchValues;
}

function isSwitchName(name: string): name is SwitchName {
  return Object.hasOwn(SWITCH_TABLE, name);
}

/** Why a value does not fit a switch, or null when it does. */
function explainMisfit(name: string, definition: SwitchDefinition, value: unknown): string | null {
  switch (definition.type) {
    case 'choice':
      return typeof value === 'string' && definition.values.includes(value)
        ? null
        : `${name} must be one of ${definition.values.join(', ')}`;
    case 'count':
      return Number.isInteger(value) && (value as number) >= definition.least
        ? null
        : `${name} must be a whole number from ${definition.least}`;
    case 'name':
      return typeof value === 'string' && /^[A-Za-z]\w*$/.test(value)
        ? null
        : `${name} must be a property name`;
  }
}

export type SwitchChange = { kind: 'changed'; values: SwitchValues } | { kind: 'refused'; error: string };

/** Works out all values after a change. A `profile` is laid down first, whatever its place; one fault refuses everything. */
export function decideSwitches(
  present: SwitchValues,
  wanted: Readonly<Record<string, unknown>>,
): SwitchChange {
  let values: SwitchValues = { ...present };
  const profileName = wanted['profile'];
  if (profileName !== undefined) {
    const profile = typeof profileName === 'string' && Object.hasOwn(PROFILES, profileName);
    if (!profile)
      return { kind: 'refused', error: `profile must be one of ${Object.keys(PROFILES).join(', ')}` };
    const base = profileName === 'default' ? defaultSwitches() : values;
    values = { ...base, ...PROFILES[profileName] };
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (name === 'profile') continue;
    if (!isSwitchName(name)) return { kind: 'refused', error: `unknown switch ${name}` };
    const error = explainMisfit(name, SWITCH_TABLE[name], value);
    if (error !== null) return { kind: 'refused', error };
    values = { ...values, [name]: value };
  }
  return { kind: 'changed', values };
}
