import { dirname, join, relative } from 'node:path';
import { UserError } from '../../errors.ts';
import { usualLabel } from '../../policy/sources.ts';
import type { Tensor, TensorInfo } from '../../tensor.ts';
import { counted, listed } from '../../words.ts';
import {
  isFile,
  locate,
  type OpenedSource,
  type OpenOptions,
  readText,
  type SourceOf,
  type SourcePath,
  selectRows,
  slashes,
} from '../context.ts';
import { convertNumbers } from '../convert.ts';
import type { Label, Sample } from '../dataset.ts';
import { nearestText } from '../fit.ts';
import { readLabels } from '../labels.ts';
import { fits, inputText, shapeText } from '../shape.ts';
import { type Encoding, readTokenizer, type TextEncoder } from '../tokenizer.ts';

/** A position without a next token to predict. */
const ignoreIndex = -100;

/** What a text input of the model holds, by its name; a new one is a row here. */
const fields: readonly { pattern: RegExp; values(encoding: Encoding, length: number, padId: number): number[] }[] = [
  {
    pattern: /(^|[._])(attention_?mask|input_?mask|mask)$/i,
    values: ({ ids }, length) =>
      padded(
        ids.map(() => 1),
        length,
        0,
      ),
  },
  { pattern: /(token_?type_?ids?|segment_?ids?)$/i, values: ({ types }, length) => padded(types, length, 0) },
  { pattern: /position_?ids?$/i, values: (_, length) => Array.from({ length }, (_unused, at) => at) },
  { pattern: /(input_?ids?|ids|tokens?)$/i, values: ({ ids }, length, padId) => padded(ids, length, padId) },
];

interface Row {
  line: number;
  text: string;
  pair: string | undefined;
  label: unknown;
}

/**
 * Opens a file of JSON lines with texts. Tokens go to the inputs by their names: `input_ids`, `attention_mask`,
 * `token_type_ids`, `position_ids`; the only input of a model takes the ids whatever its name. Where two inputs are ids, by another
 * prefix or number each, the first text goes to the first of them and the second to the other.
 *
 * @throws UserError naming file, line and field
 */
export async function openJsonl(source: SourceOf<'jsonl'>, options: OpenOptions): Promise<OpenedSource> {
  const file = await locate(options, 'jsonl', source.jsonl, 'file');
  const rows = await readRows(file, source);
  const { from, to } = selectRows(source, rows.length, file.name);
  const selected = rows.slice(from, to);
  const texts = options.inputs.length === 1 && options.inputs[0]?.type === 'string' ? options.inputs[0] : undefined;
  const tokenizerFile = texts ? undefined : await findTokenizer(source, file, options);
  const tokenizer = tokenizerFile && (await readTokenizer(tokenizerFile));
  if (tokenizer?.note !== undefined) options.progress?.note(tokenizer.note);
  if (texts && source['text-pair'] !== undefined) {
    throw new UserError(
      `\`text-pair\` has no effect: the model's only input ${inputText(texts)} takes one text; remove it.`,
      { key: ['text-pair'] },
    );
  }
  const inputs = texts ? [] : matchInputs(options.inputs, source['text-pair'] !== undefined);
  if (tokenizer) checkRoom(source, tokenizer, tokenizerFile!.name, isPaired(inputs, source));
  const fixed = texts ? undefined : checkLengths(source, options.inputs);
  const feeds = (row: Row): { inputs: Record<string, Tensor>; ids?: number[] } =>
    tokenizer
      ? encodeRow(row, tokenizer, inputs, source, fixed, `${file.name}:${row.line}`)
      : { inputs: { [texts!.name]: { type: 'string', dims: texts!.dims.map(() => 1), data: [row.text] } } };
  // One row proves that tokenizer and model fit.
  feeds(selected[0]!);
  const labelled = labelsOf(rows, source, file, options);
  const labels = labelled?.labels.slice(from, to);
  return {
    description: `${source.jsonl} (${selected.length} texts)`,
    size: selected.length,
    files: [file, ...(tokenizer?.files ?? [])],
    ...(labels && { labels }),
    ...(labelled && { allLabels: labelled.labels }),
    ...(labelled?.classes && { classes: labelled.classes }),
    async *samples(): AsyncGenerator<Sample> {
      for (const [index, row] of selected.entries()) {
        const { inputs: tensors, ids } = feeds(row);
        const label = labels?.[index] ?? (options.task === 'language-model' && ids ? nextTokens(ids) : undefined);
        yield { id: `${file.name}[${from + index}]`, inputs: tensors, ...(label && { label }) };
      }
    },
  };
}

async function readRows(file: SourcePath, source: SourceOf<'jsonl'>): Promise<Row[]> {
  const lines = (await readText(file)).split(/\r?\n/);
  return lines.flatMap((text, index): Row[] => {
    if (text.trim() === '') return [];
    const where = `${file.name}:${index + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      throw new UserError(`${where} is not JSON: ${(error as Error).message}. Each line is one object.`, {
        cause: error,
      });
    }
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new UserError(`${where} is not an object { ... }.`);
    const record = json as Record<string, unknown>;
    const held = (name: string) => (Object.hasOwn(record, name) ? record[name] : undefined);
    const field = (key: string, name: string) => {
      const value = held(name);
      if (typeof value === 'string') return value;
      if (value === undefined) {
        throw new UserError(
          `${where} has no field "${name}" (\`${key}\`); ${nearestText(name, Object.keys(record), 'its fields are')}`,
        );
      }
      throw new UserError(
        `${where}: field "${name}" (\`${key}\`) is ${JSON.stringify(value).slice(0, 60)}, not a text.`,
      );
    };
    const pair = source['text-pair'];
    return [
      {
        line: index + 1,
        text: field('text', source.text),
        pair: pair === undefined ? undefined : field('text-pair', pair),
        label: held(source.label),
      },
    ];
  });
}

/** The policy's tokenizer, else the one beside the texts. */
async function findTokenizer(source: SourceOf<'jsonl'>, file: SourcePath, options: OpenOptions): Promise<SourcePath> {
  if (source.tokenizer !== undefined) return locate(options, 'tokenizer', source.tokenizer, 'file');
  for (const name of ['tokenizer.json', 'vocab.txt']) {
    const path = join(dirname(file.path), name);
    if (await isFile(path)) return locate(options, 'tokenizer', slashes(relative(options.policyFolder, path)), 'file');
  }
  throw new UserError(
    `${file.name} holds texts, and there is no tokenizer.json or vocab.txt beside it; set \`tokenizer\`.`,
  );
}

interface TextInput {
  input: TensorInfo;
  values: (typeof fields)[number]['values'];
  /** Of a model that reads two texts apart, as a dual encoder does: which of them. */
  text?: 'first' | 'second';
}

/** @throws UserError where a text does not say what an input holds */
function matchInputs(inputs: readonly TensorInfo[], hasPair: boolean): TextInput[] {
  const matched = inputs.map((input) => {
    // `input_ids_1` or `input_ids_b` is one of two texts, as `passage_input_ids` is.
    const [, base = '', number = ''] = /^(.*?)([._]?(?:[ab]|\d+))?$/i.exec(input.name) ?? [];
    const field = fields.find(({ pattern }) => pattern.test(base)) ?? (inputs.length === 1 ? fields.at(-1) : undefined);
    if (!field) {
      throw new UserError(
        `the model's input ${inputText(input)} is none that a text gives (input_ids, attention_mask, token_type_ids, ` +
          'position_ids); use `arrays`, tokenized beforehand.',
      );
    }
    if (input.dims.length !== 1 && input.dims.length !== 2) {
      throw new UserError(`the model's input ${inputText(input)} is not tokens, [batch, length].`);
    }
    const owner = base.replace(field.pattern, '').replace(/[._]+$/, '');
    return { input, field, owner, tower: JSON.stringify([owner, number]) };
  });
  const ids = matched.filter(({ field }) => field === fields.at(-1));
  if (ids.length < 2) return matched.map(({ input, field }) => ({ input, values: field.values }));
  const decoder = ids.find(({ owner }) => /(^|[._])decoder$/i.test(owner));
  if (decoder) {
    throw new UserError(
      `the model's input ${inputText(decoder.input)} holds what the decoder has answered so far, which no text of the file says; ` +
        'use `arrays`, tokenized beforehand, or give the gate encoder and decoder as models of their own.',
    );
  }
  const names = ids.map(({ input }) => `"${input.name}"`);
  if (ids.length > 2) {
    throw new UserError(
      `the model has ${ids.length} inputs of tokens, ${listed(names)}; use \`arrays\`, tokenized beforehand.`,
    );
  }
  if (!hasPair) {
    throw new UserError(`the model reads two texts, ${listed(names)}; name the field of the second by \`text-pair\`.`);
  }
  return matched.map(({ input, field, tower }) => {
    const at = ids.findIndex((each) => each.tower === tower);
    if (at < 0) {
      throw new UserError(
        `the model reads two texts, ${listed(names)}, and the name of its input ${inputText(input)} does not say to which it ` +
          'belongs; use `arrays`, tokenized beforehand.',
      );
    }
    return { input, values: field.values, text: at === 0 ? 'first' : 'second' };
  });
}

/** Whether two texts are one sequence of tokens. */
function isPaired(inputs: readonly TextInput[], source: SourceOf<'jsonl'>): boolean {
  return source['text-pair'] !== undefined && inputs.every(({ text }) => text === undefined);
}

/** @throws UserError where nothing of a text would be left between the special tokens */
function checkRoom(source: SourceOf<'jsonl'>, tokenizer: TextEncoder, name: string, paired: boolean): void {
  const special = tokenizer.specialTokens(paired);
  const least = special + (paired ? 2 : 1);
  if (source['max-length'] >= least) return;
  throw new UserError(
    `\`max-length: ${source['max-length']}\` has no room for ${paired ? 'two texts' : 'a text'} beside the ` +
      `${counted(special, 'special token')} of ${name}; write at least ${least}.`,
    { key: ['max-length'] },
  );
}

/** The length that samples are padded to, if any. @throws UserError where the model's fixed length is not it */
function checkLengths(source: SourceOf<'jsonl'>, inputs: readonly TensorInfo[]): number | undefined {
  const padding = source.padding === 'max-length' ? source['max-length'] : undefined;
  for (const input of inputs) {
    const length = input.dims.at(-1);
    if (typeof length === 'number' && length !== padding) {
      throw new UserError(
        `the model's input ${inputText(input)} has the fixed length ${length}; set \`max-length: ${length}\` and \`padding: max-length\`.`,
      );
    }
  }
  return padding;
}

function encodeRow(
  row: Row,
  tokenizer: TextEncoder,
  inputs: readonly TextInput[],
  source: SourceOf<'jsonl'>,
  fixed: number | undefined,
  where: string,
) {
  const encode = (text: string, pair?: string) => {
    const encoding = tokenizer.encode(text, pair, source['max-length']);
    const length = fixed ?? encoding.ids.length;
    if (length === 0) throw new UserError(`${where}: the text is empty and gives no tokens; remove the row.`);
    return { encoding, length };
  };
  const first = encode(row.text, isPaired(inputs, source) ? row.pair : undefined);
  const second = inputs.some(({ text }) => text === 'second') ? encode(row.pair!) : first;
  const tensors: Record<string, Tensor> = {};
  for (const { input, values, text } of inputs) {
    const { encoding, length } = text === 'second' ? second : first;
    const dims = input.dims.length === 1 ? [length] : [1, length];
    if (!fits(dims, input.dims))
      throw new UserError(`${where} gives ${shapeText(dims)}, the model's input is ${inputText(input)}.`);
    const data = convertNumbers(
      values(encoding, length, tokenizer.padId),
      input.type,
      () => `${where}: a token of "${input.name}"`,
    );
    tensors[input.name] = { type: input.type, dims, data };
  }
  return { inputs: tensors, ids: padded(first.encoding.ids, first.length, ignoreIndex) };
}

function padded(values: readonly number[], length: number, filler: number): number[] {
  return Array.from({ length }, (_, at) => values[at] ?? filler);
}

/** At each position the token that follows: what a language model's logits there predict. */
function nextTokens(ids: readonly number[]): Label {
  const next = [...ids.slice(1), ignoreIndex];
  return { kind: 'tensor', tensor: { type: 'int32', dims: [next.length], data: Int32Array.from(next) } };
}

function labelsOf(rows: readonly Row[], source: SourceOf<'jsonl'>, file: SourcePath, options: OpenOptions) {
  const with_ = rows.filter(({ label }) => label !== undefined && label !== null);
  if (with_.length === 0) {
    // The usual name is a guess of ours; another is the policy's word that there is such a field.
    if (source.label === usualLabel) return undefined;
    throw new UserError(
      `${file.name}: no line has the field "${source.label}" (\`label\`); name the one that holds the label, or none.`,
    );
  }
  const without = rows.find(({ label }) => label === undefined || label === null);
  if (without) {
    throw new UserError(
      `${file.name}:${without.line} has no label (field "${source.label}"), and ${with_.length} other rows have; label all or none.`,
    );
  }
  return readLabels(
    rows.map(({ label }) => label),
    (index) => `${file.name}:${rows[index]?.line}`,
    options,
  );
}
