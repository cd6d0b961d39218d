/** Where lanes stood when this process last saw them. Bounded: whoever is forgotten is only read once more. */
export class KnownVersions {
  readonly #versions = new Map<string, number>();
  readonly #limit: number;

  constructor(limit = 50_000) {
    this.#limit = limit;
  }

  get(ident: string): number | undefined {
    return this.#versions.get(ident);
  }

  set(ident: string, version: number): void {
    this.#versions.delete(ident); // so that the newest stand last
    this.#versions.set(ident, version);
    if (this.#versions.size <= this.#limit) return;
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest);
      return;
    }
  }
}
