/** Numbers for the channels of tensors, in sets of those that can only be scaled together (a union-find). */
export class ChannelSets {
  readonly #parents: number[] = [];
  readonly #fixed = new Set<number>();

  /** Numbers for channels of which nothing is known yet. */
  add(count: number): number[] {
    const from = this.#parents.length;
    const added = Array.from({ length: count }, (_, i) => from + i);
    for (const channel of added) this.#parents.push(channel);
    return added;
  }

  /** The number that stands for a channel's set. */
  find(channel: number): number {
    let root = channel;
    while (this.#parents[root] !== root) root = this.#parents[root]!;
    for (let at = channel; at !== root; ) {
      const next = this.#parents[at]!;
      this.#parents[at] = root;
      at = next;
    }
    return root;
  }

  join(a: readonly number[], b: readonly number[]): void {
    a.forEach((channel, i) => {
      const [from, to] = [this.find(channel), this.find(b[i]!)];
      if (from === to) return;
      this.#parents[from] = to;
      if (this.#fixed.delete(from)) this.#fixed.add(to);
    });
  }

  /** Says that something reads or writes these channels as they are. */
  fix(channels: readonly number[]): void {
    for (const channel of channels) this.#fixed.add(this.find(channel));
  }

  isFixed(channel: number): boolean {
    return this.#fixed.has(this.find(channel));
  }
}
