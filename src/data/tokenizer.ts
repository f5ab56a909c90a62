import { resolve } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { UserError } from '../errors.ts';
import { readCharsmap } from './charsmap.ts';
import { extensionOf, isFile, readText, type SourcePath } from './context.ts';
import { type Config, portable } from './tokenizer-definition.ts';
import { encodeUnigram, type UnigramModel } from './unigram.ts';

export interface Encoding {
  ids: number[];
  /** 0 for the first text, 1 for the second. */
  types: number[];
}

export interface TextEncoder {
  /** Encodes a text or a pair with its special tokens, cut to `maxLength` tokens in all. */
  encode(text: string, pair: string | undefined, maxLength: number): Encoding;
  /** Special tokens beside a text, or a pair. */
  specialTokens(paired: boolean): number;
  padId: number;
  /** What it was read from. */
  files: readonly SourcePath[];
  /** A decision that the user should see. */
  note?: string;
}

/**
 * Reads a `tokenizer.json` (Hugging Face tokenizers) or a `vocab.txt` (BERT WordPiece), with the
 * `tokenizer_config.json` beside it where there is one.
 *
 * @throws UserError naming the file where it is neither
 */
export async function readTokenizer(file: SourcePath): Promise<TextEncoder> {
  const folder = resolve(file.path, '..');
  const configFile = { path: resolve(folder, 'tokenizer_config.json'), name: 'tokenizer_config.json' };
  const hasConfig = await isFile(configFile.path);
  const config: Config = hasConfig ? parseJson(await readText(configFile), configFile.name) : {};
  const text = await readText(file);
  const vocabulary = extensionOf(file.name) === '.json' ? undefined : vocabularyOf(text);
  const guessed = vocabulary !== undefined && config['do_basic_tokenize'] === undefined && keepsPunctuation(vocabulary);
  const basic = config['do_basic_tokenize'] !== false && !guessed;
  const definition = vocabulary ? wordPiece(vocabulary, file.name, config, basic) : parseJson(text, file.name);
  let tokenizer: Tokenizer;
  try {
    tokenizer = new Tokenizer(portable(definition, file.name), settings(definition, config));
    useCharsmaps(tokenizer.normalizer);
    if ('trie' in tokenizer.model) useUnigram(tokenizer.model as unknown as UnigramModel);
    fuseByWord(tokenizer.model as unknown as Model);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file.name} is not a tokenizer.json that this version reads: ${(error as Error).message}.`, {
      cause: error,
    });
  }
  const padding = definition['padding'] as { pad_id?: number } | null | undefined;
  const padToken = [contentOf(config['pad_token']), '[PAD]', '<pad>', '<|endoftext|>', '</s>'].find(
    (token) => token !== undefined && tokenizer.token_to_id(token) !== undefined,
  );
  const parts = { tokenizer, added: addedIds(tokenizer), cutsLeft: cutsLeft(definition, config) };
  return {
    padId: padding?.pad_id ?? (padToken === undefined ? 0 : tokenizer.token_to_id(padToken)!),
    files: [file, ...(hasConfig ? [configFile] : [])],
    encode: (one, pair, maxLength) => encode(parts, one, pair, maxLength),
    specialTokens: (paired) => join(tokenizer, [], paired ? [] : undefined).tokens.length,
    ...(guessed && {
      note: `${file.name} has words with punctuation in them, so texts are split at spaces only (do_basic_tokenize in tokenizer_config.json says otherwise)`,
    }),
  };
}

/** What a normalizer of the package is, of what its types leave out. */
interface Normalizer {
  normalize(text: string): string;
  /** Of a sequence. */
  normalizers?: readonly (Normalizer | null)[];
  /** Of a SentencePiece model: characters and what they become. */
  charsmap?: unknown;
}

/** The package has one guess for all characters' maps. */
function useCharsmaps(normalizer: Normalizer | null): void {
  for (const each of normalizer?.normalizers ?? []) useCharsmaps(each);
  const charsmap = normalizer?.charsmap;
  if (normalizer && typeof charsmap === 'string' && charsmap !== '') normalizer.normalize = readCharsmap(charsmap);
}

interface Model {
  fuse_unk: boolean;
  /** Words -> tokens. */
  _call(words: readonly string[]): string[];
}

/** Unknown tokens are made one within a word; the package does so across words, too. */
function fuseByWord(model: Model): void {
  const tokensOf = model._call;
  if (model.fuse_unk) model._call = (words) => words.flatMap((word) => tokensOf.call(model, [word]));
}

function useUnigram(model: UnigramModel): void {
  model.encode = (words) => encodeUnigram(model, words);
}

/** What the package takes of the tokenizer_config.json: not what the tokenizer.json has said already. */
function settings(definition: Config, config: Config): Config {
  const { remove_space: _, ...others } = config;
  const unknown = (definition['model'] as Config | undefined)?.['unk_token'];
  return { ...others, ...(unknown !== undefined && { unk_token: unknown }) };
}

/** The text of a special token, which is written as such or with its settings. */
function contentOf(token: unknown): string | undefined {
  return typeof token === 'string' ? token : (token as { content?: string } | null | undefined)?.content;
}

/** Whether a text that is too long loses its beginning. */
function cutsLeft(definition: Config, config: Config): boolean {
  const direction = (definition['truncation'] as { direction?: string } | null | undefined)?.direction;
  return String(config['truncation_side'] ?? direction).toLowerCase() === 'left';
}

function parseJson(text: string, name: string): Config {
  try {
    return JSON.parse(text) as Config;
  } catch (error) {
    throw new UserError(`${name} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

/** Of a vocabulary whose words were split at punctuation no token of several characters has any; of others 4 % and more. */
const punctuatedShare = 0.005;

/** Whether a vocabulary holds words such as `n't`, so that texts must not be split at punctuation. */
function keepsPunctuation(tokens: readonly string[]): boolean {
  const punctuated = tokens.filter((token) => {
    const body = token.replace(/^##/, '');
    return body.length > 1 && !isSpecial(body) && /[!-/:-@[-`{-~]/.test(body);
  });
  return punctuated.length > punctuatedShare * tokens.length;
}

function isSpecial(token: string): boolean {
  return /^[[<].*[\]>]$/.test(token);
}

function vocabularyOf(text: string): string[] {
  const tokens = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (tokens.at(-1) === '') tokens.pop();
  return tokens;
}

/**
 * The tokenizer that `transformers.BertTokenizer` makes of a vocabulary, one token a line. Texts are lower-cased where
 * `do_lower_case` says so, else where no token of the vocabulary has a capital. Where `do_basic_tokenize` is false, or
 * the vocabulary was made of words with their punctuation, texts are split at spaces only, and in the former case are
 * otherwise left as they are.
 *
 * Source: Devlin et al. 2018; Wu et al. 2016 (WordPiece).
 */
function wordPiece(tokens: readonly string[], name: string, config: Config, basic: boolean): Config {
  const vocab = new Map(tokens.map((token, id) => [token.trim(), id]));
  const special = (role: string, fallback: string): [string, number] => {
    const token = contentOf(config[role]) ?? fallback;
    const id = vocab.get(token);
    if (id === undefined) {
      throw new UserError(
        `${name} has no ${token} token; a vocab.txt is a BERT vocabulary, one token a line, with [UNK], [CLS] and [SEP].`,
      );
    }
    return [token, id];
  };
  const unk = special('unk_token', '[UNK]');
  const cls = special('cls_token', '[CLS]');
  const sep = special('sep_token', '[SEP]');
  const cased = tokens.some((token) => !isSpecial(token) && token !== token.toLowerCase());
  const lowercase = typeof config['do_lower_case'] === 'boolean' ? config['do_lower_case'] : !cased;
  const added = tokens.flatMap((token, id) =>
    ['[PAD]', '[MASK]', unk[0], cls[0], sep[0]].includes(token)
      ? [{ id, content: token, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false }]
      : [],
  );
  return {
    added_tokens: added,
    // Without basic tokenization BERT changes nothing of the text, lower case included.
    normalizer:
      config['do_basic_tokenize'] === false
        ? null
        : {
            type: 'BertNormalizer',
            clean_text: true,
            handle_chinese_chars: basic && config['tokenize_chinese_chars'] !== false,
            // Null leaves it to `lowercase`, as BERT has it.
            strip_accents: basic ? (config['strip_accents'] ?? null) : false,
            lowercase,
          },
    pre_tokenizer: { type: basic ? 'BertPreTokenizer' : 'WhitespaceSplit' },
    post_processor: { type: 'BertProcessing', sep, cls },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unk[0],
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}

interface Processed {
  tokens: string[];
  token_type_ids?: number[];
}
type PostProcessor = (tokens: string[], pair: string[] | null, addSpecial: boolean) => Processed;

/** The ids of added tokens, as they are written and as they are found in normalized text. */
function addedIds(tokenizer: Tokenizer): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  for (const [id, { content, normalized }] of tokenizer.get_added_tokens_decoder()) {
    ids.set(content, id);
    if (normalized && tokenizer.normalizer) ids.set(tokenizer.normalizer.normalize(content), id);
  }
  return ids;
}

interface Parts {
  tokenizer: Tokenizer;
  added: ReadonlyMap<string, number>;
  cutsLeft: boolean;
}

function encode(
  { tokenizer, added, cutsLeft }: Parts,
  text: string,
  pair: string | undefined,
  maxLength: number,
): Encoding {
  const first = tokenizer.tokenize(text);
  const second = pair === undefined ? undefined : tokenizer.tokenize(pair);
  const special = join(tokenizer, [], second && []).tokens.length;
  const [keepFirst, keepSecond] = truncate(first.length, second?.length ?? 0, Math.max(0, maxLength - special));
  const cut = (tokens: string[], length: number) =>
    cutsLeft ? tokens.slice(tokens.length - length) : tokens.slice(0, length);
  const { tokens, token_type_ids } = join(tokenizer, cut(first, keepFirst), second && cut(second, keepSecond));
  const unknown = tokenizer.model?.unk_token_id ?? 0;
  return {
    ids: tokens.map((token) => added.get(token) ?? tokenizer.token_to_id(token) ?? unknown),
    types: token_type_ids ?? tokens.map(() => 0),
  };
}

/** The tokens of a text, or a pair, with the special ones. */
function join(tokenizer: Tokenizer, one: string[], other: string[] | undefined): Processed {
  const process = tokenizer.post_processor as unknown as PostProcessor | null;
  if (process) return process(one, other ?? null, true);
  return {
    tokens: [...one, ...(other ?? [])],
    token_type_ids: [...one.map(() => 0), ...(other ?? []).map(() => 1)],
  };
}

/** Which lengths remain: "longest first", as the tokenizers library does it. */
function truncate(first: number, second: number, limit: number): [number, number] {
  if (first + second <= limit) return [first, second];
  if (second === 0) return [limit, 0];
  const shorter = Math.min(first, second);
  // Where the shorter fits beside half of the limit it stays whole, else both get half, the longer the odd one.
  const keptShorter = shorter <= limit - shorter ? shorter : Math.min(shorter, Math.floor(limit / 2));
  const keptLonger = limit - keptShorter;
  return first <= second ? [keptShorter, keptLonger] : [keptLonger, keptShorter];
}
