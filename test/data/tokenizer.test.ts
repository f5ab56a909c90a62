import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTokenizer } from '../../src/data/tokenizer.ts';

type Case = [string, string | null, number, number[], number[]];
const vectors = JSON.parse(readFileSync(new URL('../vectors/text.json', import.meta.url), 'utf8')) as {
  vocab: string[];
  wordPiece: Case[];
  tokenizerJson: object;
  bpe: Case[];
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quant-gate-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function tokenizer(name: string, contents: string) {
  await writeFile(join(folder, name), contents);
  return readTokenizer({ path: join(folder, name), name });
}

describe('tokenizer', () => {
  it('splits, pairs and cuts by a vocab.txt as the tokenizers library does', async () => {
    const encoder = await tokenizer('vocab.txt', `${vectors.vocab.join('\n')}\n`);
    expect(encoder.padId).toBe(0);
    for (const [text, pair, length, ids, types] of vectors.wordPiece) {
      expect({ text, pair, length, ...encoder.encode(text, pair ?? undefined, length) }).toEqual({
        text,
        pair,
        length,
        ids,
        types,
      });
    }
  });

  it('reads a tokenizer.json as the tokenizers library does', async () => {
    const encoder = await tokenizer('tokenizer.json', JSON.stringify(vectors.tokenizerJson));
    expect(encoder.padId).toBe(2);
    for (const [text, pair, length, ids, types] of vectors.bpe) {
      expect({ text, pair, length, ...encoder.encode(text, pair ?? undefined, length) }).toEqual({
        text,
        pair,
        length,
        ids,
        types,
      });
    }
  });

  it('keeps capitals where the vocabulary has them', async () => {
    const encoder = await tokenizer('cased.txt', '[PAD]\n[UNK]\n[CLS]\n[SEP]\nFilm\nfilm\n');
    expect(encoder.encode('Film film', undefined, 9).ids).toEqual([2, 4, 5, 3]);
  });

  it('splits at spaces only where the vocabulary was made of such words, and says so', async () => {
    const encoder = await tokenizer('spaced.txt', "[PAD]\n[UNK]\n[CLS]\n[SEP]\nit\n's\nn't\né\ndo\n'\ns\nt\n");
    expect(encoder.encode("IT 's do n't é", undefined, 9).ids).toEqual([2, 4, 5, 8, 6, 7, 3]);
    expect(encoder.note).toMatch(/spaced\.txt has words with punctuation/);
  });

  it('says what is wrong with the file', async () => {
    await expect(tokenizer('words.txt', 'a\nb\n')).rejects.toThrow(
      /^words\.txt has no \[UNK\] token; a vocab\.txt is a BERT vocabulary/,
    );
    await expect(tokenizer('broken.json', '{')).rejects.toThrow(/^broken\.json is not JSON/);
    await expect(tokenizer('other.json', '{"model": {"type": "Nonsense"}}')).rejects.toThrow(
      /^other\.json is not a tokenizer\.json/,
    );
  });
});
