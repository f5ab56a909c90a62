import type { FileResult, ModelResult } from './compare.ts';

/** The comparison as Markdown: what each side's best file is, then every file of every model. */
export function comparison(models: readonly ModelResult[]): string {
  return [summary(models), ...models.map(details)].join('\n\n');
}

function summary(models: readonly ModelResult[]): string {
  const rows = models.map((model) => {
    const of = (name: string) => model.files.find((file) => file.by === 'quant-gate' && file.name === name);
    const best = bestPeer(model);
    return [
      model.name,
      number(model, model.fp32.value),
      cell(model, of('Level 1')),
      cell(model, of('Level 2')),
      best ? `${cell(model, best)} (${best.name})` : 'no file',
      cell(
        model,
        model.files.find(({ by, name }) => by === 'onnxruntime' && name === 'static, its defaults'),
      ),
    ];
  });
  return table(
    ['model', 'FP32', 'Level 1', 'Level 2', "the peer's most accurate file", "the peer's defaults"],
    rows,
    'lrrrrr',
  );
}

/** Above this part of FP32's bytes nothing much was quantized. */
const unquantized = 0.9;

/** The most accurate INT8 file of the peer; of equal ones, within a tenth of a point, the fastest. */
export function bestPeer(model: ModelResult): FileResult | undefined {
  const files = model.files.filter(
    ({ by, value, bytes }) => by === 'onnxruntime' && value !== undefined && bytes! < unquantized * model.fp32.bytes,
  );
  const least = Math.min(...files.map((file) => loss(file)));
  const equal = files.filter((file) => loss(file) <= least + 0.001);
  return equal.sort((a, b) => (b.speedup?.estimate ?? 0) - (a.speedup?.estimate ?? 0))[0];
}

const loss = ({ drop }: FileResult): number => drop?.estimate ?? Number.POSITIVE_INFINITY;

function cell(model: ModelResult, file: FileResult | undefined): string {
  if (!file || file.drop === undefined) return file?.error ? 'none' : '';
  return `${change(model, file)}, ${speed(file)}, ${ratio(model, file)}`;
}

function details(model: ModelResult): string {
  const { name, metric, fp32, calibration, validation, files } = model;
  const sides = [...files].sort((a, b) => b.by.localeCompare(a.by));
  const rows = sides.map((file) => [
    file.by === 'quant-gate' ? `**${file.name}**` : file.name,
    ...(file.error !== undefined
      ? [short(file.error), '', '', '', '', '']
      : [
          number(model, file.value!),
          change(model, file),
          agreement(file),
          decibels(file),
          interval(file),
          ratio(model, file),
        ]),
    file.seconds === undefined ? '' : file.seconds.toFixed(1),
    file.peakBytes === undefined ? '' : (file.peakBytes / 1e6).toFixed(0),
  ]);
  return `### ${name}

FP32: ${metricName(metric)} ${number(model, fp32.value)}, ${(fp32.bytes / 1e6).toFixed(2)} MB, ${fp32.p50Ms.toFixed(2)} ms; ${calibration} samples to calibrate on, ${validation} others to validate.

${table(['file', metricName(metric), 'change', 'as FP32', 'SQNR dB', 'speed-up', 'bytes', 'seconds', 'peak MB'], rows, 'lrrrrrrrr')}`;
}

const metricName = (metric: string): string => (metric === 'command' ? 'dB' : metric);

/** Shares of right answers in percent; other metrics in their own units. */
const isShare = ({ metric }: Pick<ModelResult, 'metric'>): boolean =>
  ['top1', 'accuracy', 'map50', 'agreement'].includes(metric);
const number = (model: ModelResult, value: number): string =>
  isShare(model) ? (100 * value).toFixed(1) : value.toFixed(2);

/** How much better than FP32, in points or in the metric's own units. */
export function change(model: Pick<ModelResult, 'metric'>, { drop }: Pick<FileResult, 'drop'>): string {
  if (!drop) return '';
  const gain = -drop.estimate * (isShare(model) ? 100 : 1);
  return `${gain > 0 ? '+' : ''}${gain.toFixed(isShare(model) ? 1 : 2).replace(/^-(0\.0+)$/, '$1')}`;
}

const agreement = ({ agreement: share }: FileResult): string =>
  share === undefined ? '' : `${(100 * share).toFixed(1)} %`;

/** Equal outputs have no noise; the metric then gives its largest number. */
const decibels = ({ sqnrDb }: FileResult): string =>
  sqnrDb === undefined ? '' : sqnrDb >= 200 ? 'equal' : sqnrDb.toFixed(1);
const speed = ({ speedup }: FileResult): string => (speedup ? `${speedup.estimate.toFixed(2)}x` : '');
const interval = ({ speedup }: FileResult): string =>
  speedup ? `${speedup.estimate.toFixed(2)}x (${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)})` : '';
const ratio = ({ fp32 }: ModelResult, { bytes }: FileResult): string =>
  bytes === undefined ? '' : (bytes / fp32.bytes).toFixed(2);

function short(text: string): string {
  const line = text
    .split('\n')[0]!
    .replaceAll('|', '/')
    .replace(/\s*\/\S*\/[^\s:]*/g, '');
  return line.length > 110 ? `${line.slice(0, 107)}...` : line;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[], align: string): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = [...align].map((side) => (side === 'r' ? '--:' : '---'));
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}
