/** A text -> the text with characters replaced. */
export type Charsmap = (text: string) => string;

/**
 * Reads SentencePiece's `precompiled_charsmap`, base64: a double-array trie of UTF-8 keys, and the texts that it leads
 * to. Grapheme clusters of less than 6 bytes are looked up whole, then character by character, and the shortest key
 * that a piece begins with counts, as in the tokenizers library.
 *
 * Source: SentencePiece, `normalizer.cc`; Darts-clone, `darts.h`; https://github.com/huggingface/spm_precompiled
 *
 * @throws RangeError where the bytes end too early
 */
export function readCharsmap(base64: string): Charsmap {
  const bytes = Buffer.from(base64, 'base64');
  const trieBytes = bytes.readUInt32LE(0);
  const trie = Uint32Array.from({ length: trieBytes / 4 }, (_, at) => bytes.readUInt32LE(4 + at * 4));
  const texts = bytes.subarray(4 + trieBytes);
  const known = new Map<string, string | undefined>();
  const replacement = (piece: string): string | undefined => {
    if (known.has(piece)) return known.get(piece);
    const at = firstPrefix(trie, Buffer.from(piece));
    const text = at === undefined ? undefined : texts.toString('utf8', at, texts.indexOf(0, at));
    if (known.size < mostKnown) known.set(piece, text);
    return text;
  };
  return (text) => {
    let result = '';
    for (const cluster of clustersOf(text)) {
      const whole = Buffer.byteLength(cluster) < 6 ? replacement(cluster) : undefined;
      if (whole !== undefined) result += whole;
      else for (const character of cluster) result += replacement(character) ?? character;
    }
    return result;
  };
}

/** Texts repeat their characters; what is looked up once need not be again. */
const mostKnown = 1 << 16;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function clustersOf(text: string): Iterable<string> {
  // The segmenter is slow, and in such a text each character is a cluster.
  if (/^[ -~]*$/.test(text)) return text;
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** The value of the shortest key that the bytes begin with. */
function firstPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  let node = offset(trie[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return undefined;
    node ^= byte;
    const unit = trie[node] ?? 0;
    // A unit that is a value has its highest bit set, and no label.
    if (unit >>> 31 === 1 || (unit & 0xff) !== byte) return undefined;
    node ^= offset(unit);
    if (((unit >>> 8) & 1) === 1) return (trie[node] ?? 0) & 0x7fffffff;
  }
  return undefined;
}

function offset(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
