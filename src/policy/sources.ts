import * as z from 'zod';

/** Where samples come from: the part of `policySchema` that is about data sources. */

export const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item.transform((one) => [one]), z.array(item).min(1)]);

const rowsMessage = 'a half-open range in quotes, such as "0:200"';
const selection = {
  rows: z
    .string({ error: rowsMessage })
    .regex(/^\d*:\d*$/, rowsMessage)
    .optional()
    .describe('A half-open range of samples, 0-based: "0:200" takes the first 200, "200:" the rest.'),
  limit: z.int().positive().optional().describe('At most this many samples, the first ones of `rows`.'),
};

const arrayInputs = z
  .record(z.string(), z.union([z.string(), z.number()]))
  .optional()
  .describe('The key that holds each input, or a number that fills it: { input: key, sr: 16000 }.');

const classesKey = z
  .string()
  .optional()
  .describe(
    'A text file with one class name a line, for every class that the model scores; the first line is class 0.',
  );
const imagesSource = z.strictObject({
  images: z
    .string()
    .describe(
      'A folder of JPEG, PNG, WebP or BMP files, turned as their EXIF orientation says, in class folders unless `labels` says what they show; class folders count in the order of their names, or by them where all are numbers. No animation.',
    ),
  labels: z
    .string()
    .optional()
    .describe(
      'A CSV file with a column `file` and a column of labels; for detection a folder of YOLO .txt files or a COCO .json file; for segmentation a folder of masks, grey or palette PNGs whose values are class indices, 255 no class.',
    ),
  'label-column': z.string().default('label').describe('The column of `labels` that holds the label.'),
  classes: classesKey,
  ...selection,
});
const arraysSource = z.strictObject({
  arrays: z
    .union([z.string(), z.record(z.string(), z.string())])
    .describe(
      "A .npz file, or a .npy file for each input. An array of the input's rank is split along its first axis, into N entries a sample where the model fixes its batch at N; one of a rank more is one sample an entry.",
    ),
  inputs: arrayInputs,
  labels: z.string().optional().describe('The key, or the .npy or .csv file, that holds the labels.'),
  'label-column': z.string().default('label').describe('The column of a .csv file of labels.'),
  ...selection,
});
/** The field of a text's label where the policy names none. */
export const usualLabel = 'label';
const jsonlSource = z.strictObject({
  jsonl: z
    .string()
    .describe('A file of JSON lines. For an encoder and decoder in one model (`decoder_input_ids`) use `arrays`.'),
  text: z.string().default('text').describe('The field that holds the text.'),
  'text-pair': z
    .string()
    .optional()
    .describe(
      'The field that holds the second text of a pair: behind the first, or, where the model has inputs for two texts (`query_input_ids`, `passage_input_ids`), in those of the second.',
    ),
  label: z.string().default(usualLabel).describe('The field that holds the label.'),
  tokenizer: z
    .string()
    .optional()
    .describe(
      'A tokenizer.json or a vocab.txt (WordPiece), with the tokenizer_config.json beside it; default: the one beside the texts.',
    ),
  'max-length': z.int().positive().default(128).describe('Tokens a sample is cut at, special tokens included.'),
  padding: z
    .enum(['none', 'max-length'])
    .default('none')
    .describe('`max-length` fills every sample up; needed where the model has a fixed length.'),
  ...selection,
});
const csvSource = z.strictObject({
  csv: z.string().describe('A CSV file with a header. Spaces around a cell count only inside its quotes.'),
  inputs: z
    .record(z.string(), oneOrMore(z.string()))
    .optional()
    .describe('The columns of each input: { input: [a, b] }; without it, all columns but the label, in order.'),
  label: oneOrMore(z.string()).optional().describe('The column, or columns, of the label.'),
  ...selection,
});
const audioSource = z.strictObject({
  audio: z
    .string()
    .describe(
      'A folder of .wav files (PCM or float; several channels are averaged), in class folders unless `labels` names a file.',
    ),
  labels: z.string().optional().describe('A CSV file with a column `file` and a column of labels.'),
  'label-column': z.string().default('label').describe('The column of `labels` that holds the label.'),
  classes: classesKey,
  'sample-rate': z.int().positive().optional().describe('The rate the model expects; another rate is an error.'),
  length: z.int().positive().optional().describe('Samples a clip is cut or zero-padded to.'),
  ...selection,
});
const commandSource = z.strictObject({
  command: z.string().describe('Writes a .npz file to the path in QUANT_GATE_OUTPUT.'),
  inputs: arrayInputs,
  labels: z.string().optional().describe('The key that holds the labels.'),
  ...selection,
});
/** By the key that tells the kinds apart. */
export const dataSources = {
  images: imagesSource,
  arrays: arraysSource,
  jsonl: jsonlSource,
  csv: csvSource,
  audio: audioSource,
  command: commandSource,
} as const;
export const dataSource = z.union([imagesSource, arraysSource, jsonlSource, csvSource, audioSource, commandSource]);

export type DataSource = z.output<typeof dataSource>;
