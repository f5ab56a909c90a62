import { describe, expect, it } from 'vitest';
import type { Box, Label } from '../../../src/data/dataset.ts';
import { detectionOutputs } from '../../../src/measure/metrics/decode.ts';
import { metrics } from '../../../src/measure/metrics/table.ts';
import type { MetricName } from '../../../src/policy/schema.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { classLabel, contextOf, metricOn, output, valueLabel, vectors } from './support.ts';

const tolerance = 1e-6;

type Case = {
  name: string;
  task: 'classification';
  border?: number;
  outputs: { dims: number[]; data: number[] }[];
  reference?: { dims: number[]; data: number[] }[];
  labels?: { kind: 'class' | 'values' | 'uint8'; dims?: number[]; values: unknown[] };
  values: Record<MetricName, number>;
};

function labelsOf({ labels }: Case): Label[] {
  if (!labels) return [];
  if (labels.kind === 'class') return (labels.values as number[]).map(classLabel);
  if (labels.kind === 'values') return (labels.values as number[][]).map(valueLabel);
  return (labels.values as number[][]).map((data): Label => {
    const tensor: Tensor = { type: 'uint8', dims: labels.dims!, data: Uint8Array.from(data) };
    return { kind: 'tensor', tensor };
  });
}

describe('a metric equals scikit-learn, scipy or torchmetrics', () => {
  for (const each of vectors.cases as Case[]) {
    const outputs = each.outputs.map(({ dims, data }) => output(dims, data));
    const reference = each.reference?.map(({ dims, data }) => output(dims, data)) ?? outputs;
    const context = contextOf(each.task, reference, { border: each.border ?? 0 });
    for (const [name, expected] of Object.entries(each.values)) {
      it(`${name} of ${each.name}`, () => {
        const value = metricOn(metrics[name as MetricName], context, outputs, labelsOf(each), reference);
        expect(Math.abs(value - expected)).toBeLessThan(tolerance);
      });
    }
  }
});

describe('on a resample, weights count like copies', () => {
  const { weights, labels, logits, numbers, guesses, values } = vectors.weighted;
  const weight = Uint16Array.from(weights as number[]);
  for (const [name, expected] of Object.entries(values as Record<MetricName, number>)) {
    it(name, () => {
      const metric = metrics[name as MetricName];
      const isClass = name === 'top1' || name === 'f1' || name === 'auc';
      const outputs = isClass
        ? (logits as number[][]).map((row) => output([1, 3], row))
        : (guesses as number[]).map((guess) => output([1, 1], [guess]));
      const label = (index: number) => (isClass ? classLabel(labels[index]) : valueLabel([numbers[index]]));
      const context = contextOf(isClass ? 'classification' : 'regression', outputs);
      const records = outputs.map((each, index) => metric.record(context, each, label(index), each));
      expect(Math.abs(metric.estimator(records).evaluate(weight) - expected)).toBeLessThan(tolerance);
    });
  }
});

describe('average precision equals pycocotools', () => {
  const labels = (vectors.detection.labels as [number, number, number, number, number, boolean][][]).map(
    (boxes): Label => {
      const own = boxes.map(([classIndex, x0, y0, x1, y1, crowd]): Box => ({ classIndex, x0, y0, x1, y1, crowd }));
      return { kind: 'boxes', boxes: own, width: 100, height: 100 };
    },
  );
  const outputs = (vectors.detection.detections as number[][][]).map((rows) =>
    detectionOutputs(Float64Array.from(rows.flat())),
  );
  const context = contextOf('detection', outputs);
  for (const name of ['map50', 'map'] as const) {
    it(name, () => {
      const value = metricOn(metrics[name], context, outputs, labels);
      expect(Math.abs(value - vectors.detection.values[name])).toBeLessThan(tolerance);
    });
  }

  it('at the very thresholds: a box of 20 pixels of which so many are found', () => {
    const box: Label = {
      kind: 'boxes',
      boxes: [{ classIndex: 0, x0: 0, y0: 0, x1: 20, y1: 1 }],
      width: 100,
      height: 100,
    };
    const found = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((width) => {
      const detection = detectionOutputs(Float64Array.of(0, 0.9, 0, 0, width, 1));
      return Number(metricOn(metrics.map, context, [detection], [box]).toFixed(9));
    });
    expect(found).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
  });

  it('counts an image twice as it counts a copy of it', () => {
    const records = outputs.map((each, index) => metrics.map.record(context, each, labels[index], each));
    const twice = metrics.map.estimator([...records, ...records]).evaluate(new Uint16Array(24).fill(1));
    expect(metrics.map.estimator(records).evaluate(new Uint16Array(12).fill(2))).toBeCloseTo(twice, 12);
  });
});
