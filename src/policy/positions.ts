import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';
import type { SourcePosition } from '../errors.ts';

/** A way through the policy: `['models', 0, 'data', 'validation']`. */
export type PolicyPath = readonly (string | number)[];

/** Where each value of a YAML document stands, so that any stage can point at the line that asked for something. */
export class Positions {
  readonly #file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** The position of the value at `path`, or of the nearest ancestor that the file has (a default has no place). */
  value(path: PolicyPath): SourcePosition {
    return this.#at(this.#find(path).value);
  }

  /** The position of the key that ends `path`; for an unknown or misplaced key. */
  key(path: PolicyPath): SourcePosition {
    const { key, value } = this.#find(path);
    return this.#at(key ?? value);
  }

  /** Whether what stands at `path` is for that place alone: no alias or merge key brings it there, and no anchor elsewhere. */
  isUnshared(path: PolicyPath): boolean {
    let node: unknown = this.#document.contents;
    for (const part of path) {
      if (isSeq(node)) node = node.items[Number(part)];
      else if (isMap(node)) node = ownPair(node, part)?.value;
      if (node === undefined || isAlias(node) || (isNode(node) && node.anchor !== undefined)) return false;
    }
    return true;
  }

  /** The position of a character offset in the text. */
  offset(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #find(path: PolicyPath): { key: Node | undefined; value: Node | undefined } {
    let key: Node | undefined;
    let value = this.#resolve(this.#document.contents);
    for (const part of path) {
      const next = this.#step(value, part);
      if (!next) break;
      key = next.key;
      // `images:` with nothing after it has an empty value somewhere behind the key; the key is the better place.
      value = isScalar(next.value) && next.value.value === null && next.value.source === '' ? key : next.value;
    }
    return { key, value };
  }

  #step(node: Node | undefined, part: string | number): { key: Node | undefined; value: Node | undefined } | undefined {
    if (isSeq(node)) {
      const item = node.items[Number(part)] as Node | undefined;
      return item && { key: undefined, value: this.#resolve(item) };
    }
    if (!isMap(node)) return undefined;
    const own = ownPair(node, part);
    if (own) return { key: own.key, value: this.#resolve(own.value) ?? own.key };
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      if (!isScalar(key) || String(key.source ?? key.value) !== '<<') continue;
      const merged = this.#step(this.#resolve(value), part);
      if (merged) return merged;
    }
    return undefined;
  }

  #resolve(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#document) as Node | undefined;
    return (node ?? undefined) as Node | undefined;
  }

  #at(node: Node | undefined): SourcePosition {
    return this.offset(node?.range?.[0] ?? 0);
  }
}

function ownPair(map: YAMLMap, part: string | number): Pair<Node, Node | null> | undefined {
  const pairs = map.items as Pair<Node, Node | null>[];
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === String(part));
}
