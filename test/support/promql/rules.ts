import { parse } from 'yaml';
import { z } from 'zod';
import { evaluate } from './evaluate.ts';
import { type Expression, parseExpression, toSeconds } from './expression.ts';
import { keyOf, type Labels, type SeriesStore } from './series.ts';

const recordingSchema = z.strictObject({
  record: z.string(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
});
const alertSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
const fileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([recordingSchema, alertSchema])),
    }),
  ),
});

export type RecordingRule = z.output<typeof recordingSchema>;
export type AlertRule = z.output<typeof alertSchema>;
export type RuleGroup = z.output<typeof fileSchema>['groups'][number];

/** Reads a file of rules. Throws at a key that rules of this project do not have. */
export function readRuleFile(text: string): readonly RuleGroup[] {
  return fileSchema.parse(parse(text)).groups;
}

export function isAlert(rule: RecordingRule | AlertRule): rule is AlertRule {
  return 'alert' in rule;
}

export type ActiveAlert = {
  readonly name: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Labels;
  /** Filled in, as a person reads them. */
  readonly annotations: Labels;
};

type PreparedRule = { readonly rule: RecordingRule | AlertRule; readonly expression: Expression };

/**
 * Evaluates rules as Prometheus does: each group in its order, what a rule recorded serves the ones after it, and an alert
 * fires when its expression has shown the same labels at every evaluation for as long as its `for` says.
 */
export class RuleWatch {
  readonly #rules: readonly PreparedRule[];
  readonly #store: SeriesStore;
  /** Since when each alert is active, by its name and labels. */
  readonly #sinceS = new Map<string, number>();

  constructor(groups: readonly RuleGroup[], store: SeriesStore) {
    this.#rules = groups
      .flatMap(({ rules }) => rules)
      .map((rule) => ({ rule, expression: parseExpression(rule.expr) }));
    this.#store = store;
  }

  /** Evaluates every rule at a time. Gives the alerts that are active then. */
  evaluate(atS: number): readonly ActiveAlert[] {
    return this.#rules.flatMap(({ rule, expression }) => {
      const value = evaluate(expression, { store: this.#store, atS });
      const elements = typeof value === 'number' ? [{ labels: {}, value }] : value;
      if (isAlert(rule)) return this.#judge(rule, elements, atS);
      const lines = elements.map((one) => ({
        name: rule.record,
        labels: { ...one.labels, ...rule.labels },
        value: one.value,
      }));
      this.#store.write(`rule ${rule.record}`, lines, atS);
      return [];
    });
  }

  #judge(
    rule: AlertRule,
    elements: readonly { readonly labels: Labels; readonly value: number }[],
    atS: number,
  ): readonly ActiveAlert[] {
    const active = elements.map(({ labels, value }): ActiveAlert => {
      const key = `${rule.alert} ${keyOf(labels)}`;
      const sinceS = this.#sinceS.get(key) ?? atS;
      this.#sinceS.set(key, sinceS);
      const state = atS - sinceS >= toSeconds(rule.for) ? 'firing' : 'pending';
      const annotations = Object.entries(rule.annotations).map(([name, text]) => [
        name,
        fillTemplate(text, labels, value),
      ]);
      return {
        name: rule.alert,
        state,
        labels: { ...labels, ...rule.labels },
        annotations: Object.fromEntries(annotations),
      };
    });
    const keys = new Set(elements.map(({ labels }) => `${rule.alert} ${keyOf(labels)}`));
    for (const key of this.#sinceS.keys())
      if (key.startsWith(`${rule.alert} `) && !keys.has(key)) this.#sinceS.delete(key);
    const lines = active.map(({ name, state, labels }) => ({
      name: 'ALERTS',
      labels: { ...labels, alertname: name, alertstate: state },
      value: 1,
    }));
    this.#store.write(`alert ${rule.alert}`, lines, atS);
    return active;
  }
}

/** Fills `{{ $labels.what }}` and `{{ $value | humanize }}`. Throws at another template, and at a label that is not there. */
function fillTemplate(text: string, labels: Labels, value: number): string {
  return text.replace(/\{\{\s*(.*?)\s*\}\}/g, (_, inner: string) => {
    const label = /^\$labels\.(\w+)$/.exec(inner)?.[1];
    if (label !== undefined) {
      const given = labels[label];
      if (given === undefined)
        throw new Error(`an alert names the label ${label}, which it does not have: ${text}`);
      return given;
    }
    if (inner === '$value | humanize' || inner === '$value | humanizeDuration') return String(value);
    if (inner === '$value | humanizePercentage') return `${(value * 100).toFixed(1)} %`;
    throw new Error(`"${inner}" is no template that is used here`);
  });
}
