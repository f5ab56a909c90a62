import { UserError } from '../errors.ts';

/** A part of a tokenizer.json, or all of it. */
export type Config = Record<string, unknown>;

/**
 * A tokenizer.json, written so that `@huggingface/tokenizers` computes what the tokenizers library does.
 *
 * The package takes short cuts where the library goes by Unicode: words of ASCII letters only, punctuation in runs,
 * two ways to split of five, texts of which the second is lost. Each part that it has otherwise is said here by parts
 * that it has right, above all by `Split` with a regular expression, which it translates well.
 *
 * @throws UserError naming `name` where a part cannot be said so
 * Source: https://github.com/huggingface/tokenizers (Rust), `normalizers`, `pre_tokenizers` and `processors`.
 */
export function portable(definition: Config, name: string): Config {
  const model = definition['model'] as Config | undefined;
  const refuse = (what: string) => {
    throw new UserError(
      `${name} has ${what}, which this version does not read; tokenize beforehand and use \`arrays\`.`,
    );
  };
  if (model?.['continuing_subword_prefix'] && model['merges']) refuse('a BPE model with `continuing_subword_prefix`');
  if (model?.['byte_fallback'] === true && model['type'] === 'Unigram') refuse('a Unigram model with `byte_fallback`');
  const addedTokens = (definition['added_tokens'] ?? []) as Config[];
  const singleWord = addedTokens.find((token) => token['single_word'] === true);
  if (singleWord) refuse(`the added token ${JSON.stringify(singleWord['content'])} with \`single_word\``);
  return {
    ...definition,
    // What the package wants to be there.
    decoder: definition['decoder'] ?? null,
    added_tokens: addedTokens,
    normalizer: normalizer((definition['normalizer'] ?? null) as Config | null),
    pre_tokenizer: preTokenizer((definition['pre_tokenizer'] ?? null) as Config | null),
    post_processor: postProcessor((definition['post_processor'] ?? null) as Config | null),
  };
}

/** Spaces around the ideographs that the package does not see, as they are not of 16 bits. */
const ideographs = {
  type: 'Replace',
  pattern: { Regex: '[\\x{20000}-\\x{2CEAF}\\x{2F800}-\\x{2FA1F}]' },
  content: ' $& ',
};
/** JavaScript has another small sigma at the end of a word; the library goes by characters. */
const sigma = { type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' };

function normalizer(config: Config | null): Config | null {
  switch (config?.['type']) {
    case 'Sequence':
      return { ...config, normalizers: ((config['normalizers'] ?? []) as Config[]).map(normalizer) };
    case 'Replace':
      // The package's replacement is JavaScript's, with `$` for what was found.
      return { ...config, content: String(config['content'] ?? '').replaceAll('$', '$$$$') };
    case 'Prepend':
      // What is empty stays so.
      return {
        type: 'Replace',
        pattern: { Regex: '\\A(?:\\n|.)' },
        content: `${String(config['prepend']).replaceAll('$', '$$$$')}$&`,
      };
    case 'Strip': {
      // The package strips what JavaScript calls white space.
      const strip = (side: string, expression: string) =>
        config[side] === true ? [{ type: 'Replace', pattern: { Regex: expression }, content: '' }] : [];
      return { type: 'Sequence', normalizers: [...strip('strip_left', '\\A\\s+'), ...strip('strip_right', '\\s+\\z')] };
    }
    case 'Lowercase':
      return { type: 'Sequence', normalizers: [sigma, config] };
    case 'BertNormalizer': {
      const first = [
        ...(config['handle_chinese_chars'] === true ? [ideographs] : []),
        ...(config['lowercase'] === true ? [sigma] : []),
      ];
      return { type: 'Sequence', normalizers: [...first, config] };
    }
    default:
      return config;
  }
}

/** Unicode's punctuation and what ASCII has beside it. */
const punctuation = '[\\p{P}\\x{21}-\\x{2F}\\x{3A}-\\x{40}\\x{5B}-\\x{60}\\x{7B}-\\x{7E}]';
/** What the library's `\w` is, but in a class (https://www.unicode.org/reports/tr18/#Compatibility_Properties). */
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}';
/** GPT-2's. */
const byteLevelPattern = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

function preTokenizer(config: Config | null): Config | null {
  switch (config?.['type']) {
    case 'Sequence':
      return sequence(((config['pretokenizers'] ?? []) as Config[]).map(preTokenizer));
    case 'Whitespace':
      return pieces(`[${word}]+|[^${word}\\s]+`);
    case 'WhitespaceSplit':
      return pieces('\\S+');
    case 'BertPreTokenizer':
      return sequence([pieces('\\S+'), split(punctuation, 'Isolated', false)]);
    case 'Punctuation':
      return split(punctuation, String(config['behavior'] ?? 'Isolated'), false);
    case 'Digits':
      return split('\\p{N}', config['individual_digits'] === true ? 'Isolated' : 'Contiguous', false);
    case 'CharDelimiterSplit':
      return split(literal(String(config['delimiter'])), 'Removed', false);
    case 'Split': {
      const { Regex, String: text } = (config['pattern'] ?? {}) as { Regex?: string; String?: string };
      return split(Regex ?? literal(text ?? ''), String(config['behavior']), config['invert'] === true);
    }
    case 'Metaspace':
      if (config['split'] === false) return config;
      // The package leaves a text whole: slow, and beyond the stack where it is long.
      return sequence([config, split(literal(String(config['replacement'] ?? '▁')), 'MergedWithNext', false)]);
    case 'ByteLevel':
      if (config['use_regex'] === false) return config;
      return sequence([
        ...(config['add_prefix_space'] === true
          ? [{ type: 'Replace', pattern: { Regex: '\\A[^ ]' }, content: ' $&' }]
          : []),
        split(byteLevelPattern, 'Isolated', false),
        { ...config, use_regex: false, add_prefix_space: false },
      ]);
    default:
      return config;
  }
}

function sequence(pretokenizers: readonly (Config | null)[]): Config {
  return { type: 'Sequence', pretokenizers };
}

/** What the expression matches, one after the other; the rest is dropped. */
function pieces(expression: string): Config {
  return { type: 'Split', pattern: { Regex: expression }, behavior: 'Removed', invert: true };
}

/**
 * Splits at what the expression matches; inverted, at what lies between.
 *
 * - Removed: the matches are dropped;
 * - Isolated: each is a piece;
 * - Contiguous: each run of them is;
 * - MergedWithPrevious, MergedWithNext: each belongs to what lies before or after it.
 */
function split(expression: string, behavior: string, invert: boolean): Config {
  const match = `(?:${expression})`;
  const between = `(?:(?!${match})(?:\\n|.))`;
  const isolated = (what: string) => ({ type: 'Split', pattern: { Regex: what }, behavior: 'Isolated', invert: false });
  const endsIn = pieces(`${between}*${match}|${between}+`);
  const beginsWith = pieces(`${match}${between}*|${between}+`);
  switch (behavior) {
    case 'Removed':
      return invert ? pieces(match) : { ...isolated(withoutGroups(match)), behavior };
    case 'Contiguous':
      return isolated(`${match}+`);
    case 'MergedWithPrevious':
      return invert ? beginsWith : endsIn;
    case 'MergedWithNext':
      return invert ? endsIn : beginsWith;
    default:
      return isolated(match);
  }
}

/** The expression with groups that capture nothing: the package would keep what they capture. */
function withoutGroups(expression: string): string {
  // Escapes and classes are passed over.
  return expression.replace(/\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\((?:(?!\?)|\?<(?![=!])[^>]*>)/gs, (found) =>
    found.startsWith('(') ? '(?:' : found,
  );
}

function literal(text: string): string {
  return text.replace(/[\^$\\.*+?()[\]{}|/-]/g, '\\$&');
}

function postProcessor(config: Config | null): Config | null {
  switch (config?.['type']) {
    case 'ByteLevel':
      // It moves offsets only.
      return null;
    case 'Sequence': {
      const processors = ((config['processors'] ?? []) as Config[]).map(postProcessor).filter((each) => each !== null);
      return processors.length === 0 ? null : { ...config, processors };
    }
    case 'RobertaProcessing': {
      // The types of both texts are 0.
      const token = (role: 'cls' | 'sep') => ({
        SpecialToken: { id: (config[role] as [string, number])[0], type_id: 0 },
      });
      const text = (id: 'A' | 'B') => ({ Sequence: { id, type_id: 0 } });
      const [cls, sep] = [token('cls'), token('sep')];
      return {
        type: 'TemplateProcessing',
        single: [cls, text('A'), sep],
        pair: [cls, text('A'), sep, sep, text('B'), sep],
        special_tokens: {},
      };
    }
    default:
      return config;
  }
}
