import type { Json } from '../../src/core/json.ts';

export type Control = (method: string, path: string, body?: Json) => Promise<Json>;

/** The simulator's control door. */
export function createControl(url: string): Control {
  return async (method, path, body) => {
    const sent =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${url}${path}`, { method, ...sent });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? null : (JSON.parse(text) as Json);
  };
}
