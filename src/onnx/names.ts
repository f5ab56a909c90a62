/**
 * Every name of a model's graph and its subgraphs: values and nodes alike. The one place that hands out new names, so
 * that no pass can clash with another or shadow an outer value.
 */
export class NameScope {
  readonly #taken = new Set<string>();
  readonly #next = new Map<string, number>();

  add(name: string): void {
    if (name !== '') this.#taken.add(name);
  }

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** `base` where it is free, else `base_1`, `base_2`, ...; the name is taken from then on. */
  fresh(base: string): string {
    const stem = base === '' ? 'value' : base;
    let name = stem;
    let count = this.#next.get(stem) ?? 0;
    while (this.#taken.has(name)) {
      count += 1;
      name = `${stem}_${count}`;
    }
    this.#next.set(stem, count);
    this.#taken.add(name);
    return name;
  }
}
