/** The control door of a vendor's simulator: what people do there, what goes wrong there, and what really happened. */
export class SimulatorControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#ask('POST', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.#ask('PATCH', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#ask('DELETE', path);
  }

  /** Calls of the API, oldest first, after the given place in the history. */
  calls(since = 0): Promise<SimulatedCall[]> {
    return this.get(`/calls?since=${since}`);
  }

  /** Place in the history of calls: what happens from now on comes after it. */
  async mark(): Promise<number> {
    return (await this.calls()).at(-1)?.seq ?? 0;
  }

  records<T>(kind: string): Promise<T[]> {
    return this.get(`/records/${kind}`);
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return (text === '' ? null : JSON.parse(text)) as T;
  }
}

export type SimulatedCall = {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  /** Of OneFile. */
  readonly route?: string;
  /** Of Smart Assessor, in the words of its port. */
  readonly operation?: string;
  readonly status: number;
  readonly durationMs: number;
  readonly outcome: string;
  readonly applied: boolean;
  readonly body: unknown;
};
