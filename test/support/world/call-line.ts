import type { Json } from '../../../src/domain/json.ts';

/** A call as tests read it: method, path without the interface's base, query, body. */
export function toCallLine(
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: string },
  base: RegExp,
): string {
  return `${method} ${path.replace(base, '')}${body === '' ? '' : ` ${body}`}`;
}

/** A line of `takeCalls` in its two parts. */
export function toSent(lines: readonly string[]) {
  return lines.map((line) => {
    const [call = '', body = '{}'] = line.split(/ (?=\{)/);
    return { call, body: JSON.parse(body) as Readonly<Record<string, Json>> };
  });
}
