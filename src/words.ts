/** `1 sample`, `2,000 samples` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** What a message says before its first line break. */
export function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

/** Of intervals: `95 %`, `97.5 %`; never rounded to certainty. */
export function confidencePercent(value: number): string {
  return `${Number((100 * value).toPrecision(12))} %`;
}

/** A reason without what is one node's own, its sizes in parentheses and its input's name: by it nodes are counted together. */
export function commonReason(why: string): string {
  return why
    .replace(/ \([^)]*\d[^)]*\)/g, '')
    .replace(/a weight of \d+ values \[[\d, ]*\]/, 'a small weight')
    .replace(/its input \S+ is float/, 'an input is float');
}
