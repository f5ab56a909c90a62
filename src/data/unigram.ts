/** What a Unigram model of `@huggingface/tokenizers` is. */
export interface UnigramModel {
  /** All pieces that the characters from `at` on begin with, the shortest first. */
  trie: { common_prefix_search(characters: readonly string[], at: number): Iterable<string> };
  tokens_to_ids: ReadonlyMap<string, number>;
  scores: readonly number[];
  unk_score: number;
  encode(words: readonly string[]): string[];
}

/**
 * Words -> the pieces of the greatest sum of scores (Viterbi).
 *
 * Of paths of one score the one found first stays, as in the tokenizers library. The package adds the next score before
 * it compares, so that rounding chooses; and it passes a word's pieces on the stack, which ends with some 100,000.
 *
 * Source: Kudo 2018 (arXiv:1804.10959); tokenizers, `models/unigram/model.rs`, `encode_optimized`.
 */
export function encodeUnigram(model: UnigramModel, words: readonly string[]): string[] {
  return words.flatMap((word) => encodeWord(model, Array.from(word)));
}

function encodeWord({ trie, tokens_to_ids, scores, unk_score }: UnigramModel, characters: readonly string[]): string[] {
  const { length } = characters;
  // Of the best path to each place: its score, and where its last piece begins.
  const best = new Float64Array(length + 1);
  const begins = new Int32Array(length + 1).fill(-1);
  for (let at = 0; at < length; at++) {
    const reach = (end: number, score: number) => {
      const candidate = score + best[at]!;
      if (begins[end] !== -1 && candidate <= best[end]!) return;
      best[end] = candidate;
      begins[end] = at;
    };
    let isKnown = false;
    for (const piece of trie.common_prefix_search(characters, at)) {
      const count = Array.from(piece).length;
      reach(at + count, scores[tokens_to_ids.get(piece)!]!);
      isKnown ||= count === 1;
    }
    if (!isKnown) reach(at + 1, unk_score);
  }
  const pieces: string[] = [];
  for (let end = length; end > 0; end = begins[end]!) pieces.push(characters.slice(begins[end]!, end).join(''));
  return pieces.reverse();
}
