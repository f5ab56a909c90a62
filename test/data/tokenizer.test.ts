import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

  // What `pre_tokenize_str` of the tokenizers library gives.
  const tail = ' 34٣ x\u0085\ufeffy';
  it.each<[object, string[]]>([
    [{ type: 'Whitespace' }, ['né', '²--', 'it', "'", 's', ',', '34٣', 'x', '\ufeff', 'y']],
    [{ type: 'WhitespaceSplit' }, ["né²--it's,", '34٣', 'x', '\ufeffy']],
    [{ type: 'BertPreTokenizer' }, ['né²', '-', '-', 'it', "'", 's', ',', '34٣', 'x', '\ufeffy']],
    [{ type: 'CharDelimiterSplit', delimiter: ',' }, ["né²--it's", tail]],
    [{ type: 'Punctuation', behavior: 'Removed' }, ['né²', 'it', 's', tail]],
    [{ type: 'Punctuation', behavior: 'Isolated' }, ['né²', '-', '-', 'it', "'", 's', ',', tail]],
    [{ type: 'Punctuation', behavior: 'MergedWithPrevious' }, ['né²-', '-', "it'", 's,', tail]],
    [{ type: 'Punctuation', behavior: 'MergedWithNext' }, ['né²', '-', '-it', "'s", `,${tail}`]],
    [{ type: 'Punctuation', behavior: 'Contiguous' }, ['né²', '--', 'it', "'", 's', ',', tail]],
    [{ type: 'Digits', individual_digits: true }, ['né', '²', "--it's, ", '3', '4', '٣', tail.slice(4)]],
    [{ type: 'Digits', individual_digits: false }, ['né', '²', "--it's, ", '34٣', tail.slice(4)]],
    [{ type: 'Split', pattern: { String: '-' }, behavior: 'Removed' }, ['né²', `it's,${tail}`]],
    [{ type: 'Split', pattern: { String: '-' }, behavior: 'Removed', invert: true }, ['-', '-']],
    [{ type: 'Split', pattern: { Regex: '(--|(?<name>it))[(]?' }, behavior: 'Removed' }, ['né²', `'s,${tail}`]],
    [{ type: 'Split', pattern: { Regex: '-' }, behavior: 'Isolated', invert: true }, ['né²', '-', '-', `it's,${tail}`]],
    [{ type: 'Split', pattern: { String: '-' }, behavior: 'MergedWithPrevious' }, ['né²-', '-', `it's,${tail}`]],
    [{ type: 'Split', pattern: { String: '-' }, behavior: 'MergedWithNext' }, ['né²', '-', `-it's,${tail}`]],
  ])('splits by %j as the library does', async (preTokenizer, expected) => {
    const known = ['?', ...new Set(expected)];
    const vocab = Object.fromEntries(known.map((piece, id) => [piece, id]));
    const model = { type: 'WordLevel', vocab, unk_token: '?' };
    const encoder = await tokenizer('split.json', JSON.stringify({ model, pre_tokenizer: preTokenizer }));
    const { ids } = encoder.encode(`né²--it's,${tail}`, undefined, 99);
    expect(ids.map((id) => known[id])).toEqual(expected);
  });

  it('keeps the second text and gives it the types that the post-processor does', async () => {
    const model = { type: 'WordLevel', vocab: { a: 0, b: 1, '<s>': 2, '</s>': 3, '<unk>': 4 }, unk_token: '<unk>' };
    const pair = async (post_processor: object | null, truncation: object | null = null, length = 9) => {
      const definition = { model, pre_tokenizer: { type: 'WhitespaceSplit' }, post_processor, truncation };
      return (await tokenizer('pair.json', JSON.stringify(definition))).encode('a what', 'b', length);
    };
    const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true };
    const joined = { ids: [0, 4, 1], types: [0, 0, 1] };
    expect(await pair(null)).toEqual(joined);
    expect(await pair(byteLevel)).toEqual(joined);
    expect(await pair({ type: 'Sequence', processors: [byteLevel] })).toEqual(joined);
    expect(await pair({ type: 'RobertaProcessing', cls: ['<s>', 2], sep: ['</s>', 3] })).toEqual({
      ids: [2, 0, 4, 3, 3, 1, 3],
      types: [0, 0, 0, 0, 0, 0, 0],
    });
    expect(await pair(null, { direction: 'Left', max_length: 512, strategy: 'LongestFirst', stride: 0 }, 2)).toEqual({
      ids: [4, 1],
      types: [0, 1],
    });
  });

  it('finds an added token in normalized text, and strips what Unicode calls white space', async () => {
    const definition = {
      model: { type: 'WordLevel', vocab: { '?': 0, cafe: 1, x: 2, '\ufeff': 3 }, unk_token: '?' },
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Strip', strip_left: true, strip_right: true },
          { type: 'NFD' },
          { type: 'StripAccents' },
          { type: 'Replace', pattern: { String: 'y' }, content: '$&' },
        ],
      },
      added_tokens: [
        { id: 7, content: 'café', special: false, normalized: true },
        { id: 8, content: '$&', special: false, normalized: true },
      ],
    };
    const encoder = await tokenizer('added.json', JSON.stringify(definition));
    expect(encoder.encode('\u0085xcafé', undefined, 9).ids).toEqual([2, 7]);
    expect(encoder.encode('\ufeff', undefined, 9).ids).toEqual([3]);
    expect(encoder.encode('y', undefined, 9).ids).toEqual([8]);
  });

  it('makes unknown characters one within a word only, and prepends nothing to what is empty', async () => {
    const definition = {
      model: { type: 'BPE', vocab: { '?': 0, '▁': 1 }, merges: [], unk_token: '?', fuse_unk: true },
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Strip', strip_left: true, strip_right: true },
          { type: 'Prepend', prepend: '▁' },
        ],
      },
      pre_tokenizer: { type: 'WhitespaceSplit' },
    };
    const encoder = await tokenizer('fused.json', JSON.stringify(definition));
    expect(encoder.encode('ab cd', undefined, 9).ids).toEqual([1, 0, 0]);
    expect(encoder.encode(' ', undefined, 9).ids).toEqual([]);
  });

  it("replaces characters by the model's own map, clusters by what they begin with", async () => {
    // A double-array trie of two keys: a unit is its label, a flag that a value follows, and its offset.
    const units = new Uint32Array(0x300);
    units[0] = 0x100 << 10;
    units[0x141] = (0x140 << 10) | (1 << 8) | 0x41; // A, value at 1
    units[0x1c3] = (0x3c3 << 10) | 0xc3; // the first byte of É
    units[0x289] = (0x28b << 10) | (1 << 8) | 0x89; // and the second, value at 2
    units.set([0x80000000, 0x80000002], 1);
    const size = Buffer.from(Uint32Array.of(units.byteLength).buffer);
    const charsmap = Buffer.concat([size, Buffer.from(units.buffer), Buffer.from('a\0ee\0')]).toString('base64');
    const definition = {
      model: { type: 'WordLevel', vocab: { '?': 0, ab: 1, aeex: 2, 'e\u0301': 3 }, unk_token: '?' },
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Precompiled', precompiled_charsmap: charsmap }] },
      pre_tokenizer: { type: 'WhitespaceSplit' },
    };
    const encoder = await tokenizer('charsmap.json', JSON.stringify(definition));
    expect(encoder.encode('Ab A\u0301Éx e\u0301 B', undefined, 9).ids).toEqual([1, 2, 3, 0]);
  });

  it('splits a text without spaces by scores, however long, and takes of equal paths the first', async () => {
    const vocab = [
      ['?', -9],
      ['x', -2],
      ['xx', -3],
      ['xxx', -5],
    ];
    const encoder = await tokenizer('unigram.json', JSON.stringify({ model: { type: 'Unigram', unk_id: 0, vocab } }));
    // xx + x and x + xx and xxx have one score.
    expect(encoder.encode('xxx', undefined, 9).ids).toEqual([3]);
    expect(encoder.encode('xxxxyz', undefined, 9).ids).toEqual([2, 2, 0]);
    expect(encoder.encode('xx'.repeat(150_000), undefined, 1e6).ids).toHaveLength(150_000);
  });

  it('refuses what it would read otherwise than the library', async () => {
    const words = { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' };
    const cases: [object, RegExp][] = [
      [
        { model: words, added_tokens: [{ id: 1, content: 'b', single_word: true }] },
        /added token "b" with `single_word`/,
      ],
      [
        { model: { type: 'BPE', vocab: { a: 0 }, merges: [], continuing_subword_prefix: '##' } },
        /`continuing_subword_prefix`/,
      ],
      [
        { model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 0, byte_fallback: true } },
        /Unigram model with `byte_fallback`/,
      ],
      [{ model: words, pre_tokenizer: { type: 'UnicodeScripts' } }, /Unknown PreTokenizer type: UnicodeScripts/],
    ];
    for (const [definition, message] of cases) {
      const read = tokenizer('refused.json', JSON.stringify(definition));
      await expect(read).rejects.toThrow(message);
      await expect(read).rejects.toMatchObject({ name: 'UserError' });
    }
  });

  it('takes the settings of BERT from tokenizer_config.json, and spaces every ideograph', async () => {
    const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'é', 'e', '𠀋', 'x', '日', '日本', "don't", 'don', 'οδοσ'];
    const ids = async (text: string, config: object) => {
      const name = `bert-${JSON.stringify(config).replaceAll(/\W/g, '')}`;
      await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, name, 'tokenizer_config.json'), JSON.stringify(config));
      return (await tokenizer(`${name}/vocab.txt`, words.join('\n'))).encode(text, undefined, 99).ids.slice(1, -1);
    };
    const basic = { do_basic_tokenize: true };
    expect(await ids('𠀋x 日本 É ΟΔΟΣ', basic)).toEqual([6, 7, 8, 1, 5, 12]);
    expect(await ids('日本 É', { ...basic, strip_accents: false, tokenize_chinese_chars: false })).toEqual([9, 4]);
    expect(await ids("don't DON", { do_basic_tokenize: false })).toEqual([10, 1]);
  });

  it('pads with the token that tokenizer_config.json names', async () => {
    await mkdir(join(folder, 'padded'));
    await writeFile(join(folder, 'padded/tokenizer_config.json'), '{"pad_token": {"content": "<fill>"}}');
    const model = { type: 'WordLevel', vocab: { a: 0, '<pad>': 1, '<fill>': 2 }, unk_token: 'a' };
    expect((await tokenizer('padded/tokenizer.json', JSON.stringify({ model }))).padId).toBe(2);
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
