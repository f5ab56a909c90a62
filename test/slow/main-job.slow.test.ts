import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelReport, type Report, reportSchema, type VariantReport } from '../../src/report/schema.ts';
import { latencyOf } from '../../src/report/view.ts';

const root = resolve(import.meta.dirname, '../..');
const shared = join(process.env['QUANT_GATE_SHARED'] ?? join(root, '../shared'), 'data');
const imagenet = join(shared, 'data/imagenet');

/** 100 photographs to calibrate on, the other 400 to validate; what a user writes, limits and all. */
const policy = `
version: 1
models:
  - name: mobilenet
    path: mobilenetv2_imagenet.onnx
    task: classification
    data: &imagenet
      calibration: { images: imagenet, labels: imagenet/labels.csv, label-column: class_index, rows: "0:100" }
      validation: { images: imagenet, labels: imagenet/labels.csv, label-column: class_index, rows: "100:500" }
      preprocess: { crop: 224, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], layout: nchw }
  - { name: squeezenet, path: squeezenet1.1_imagenet.onnx, task: classification, data: *imagenet }
levels:
  2:
    limits:
      size: { max-ratio: 0.30 }
      accuracy: { max-drop: 0.01 }
measure: { latency-budget: 3s }
`;

let folder = '';
let ended: { code: number | null; stdout: string; stderr: string };
let report: Report;

describe.runIf(existsSync(imagenet))('quant-gate run on MobileNetV2 and SqueezeNet', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-main-job-'));
    cpSync(imagenet, join(folder, 'imagenet'), { recursive: true });
    for (const name of ['mobilenetv2_imagenet.onnx', 'squeezenet1.1_imagenet.onnx']) {
      cpSync(join(shared, 'models', name), join(folder, name));
    }
    writeFileSync(join(folder, 'quant.yml'), policy);
    // From another folder than the policy's: its paths are relative to the policy, those of options to where one is.
    mkdirSync(join(folder, 'elsewhere'));
    ended = await quantGate(['run', '--policy', '../quant.yml', '--out', 'result'], join(folder, 'elsewhere'));
    const written = join(folder, 'elsewhere/result/report.json');
    if (!existsSync(written)) throw new Error(`no report; exit code ${ended.code}: ${ended.stderr}`);
    report = reportSchema.parse(JSON.parse(readFileSync(written, 'utf8')));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('passes the gate, says where the report lies, and leaves every file of the bundle', () => {
    expect(ended.stderr + ended.stdout).toContain('result');
    expect(ended.code, ended.stderr).toBe(0);
    expect(report.verdict).toBe('pass');
    const files = ['report.json', 'report.html', 'comment.md', 'manifest.json'];
    for (const { name, variants } of report.models) {
      files.push(`models/${name}/fp32.onnx`, ...variants.map(({ id }) => `models/${name}/${id}.onnx`));
    }
    const missing = files.filter((file) => !existsSync(join(folder, 'elsewhere/result', file)));
    expect(missing).toEqual([]);
    expect(existsSync(join(folder, 'elsewhere/result/.work'))).toBe(false);
  });

  describe.each([
    ['mobilenet', 0.8325, 53],
    ['squeezenet', 0.61, 26],
  ])('%s', (name, published, weighted) => {
    let model: ModelReport;
    let variant: VariantReport;
    beforeAll(() => {
      model = report.models.find((each) => each.name === name)!;
      variant = model.variants.find(({ level }) => level === 2)!;
    });

    it('loses at most one point of top-1 on 400 photographs', () => {
      const { accuracy } = variant.measurements;
      if (!accuracy || 'notMeasured' in accuracy) throw new Error(accuracy?.notMeasured ?? 'no accuracy');
      expect(accuracy).toMatchObject({ metric: 'top1', samples: 400 });
      expect(Math.abs(accuracy.fp32 - published)).toBeLessThan(0.02);
      expect(accuracy.drop.estimate).toBeLessThanOrEqual(0.01);
      expect(accuracy.value).toBeCloseTo(accuracy.fp32 - accuracy.drop.estimate, 9);
    });

    it('has less than 0.30 of the bytes', () => {
      expect(variant.measurements.size!.ratio).toBeLessThan(0.3);
    });

    it('runs every Conv and Gemm in an integer kernel, by the profile', () => {
      const placement = variant.placement!;
      expect(placement.floatNodes.filter(({ op }) => op === 'Conv' || op === 'Gemm')).toEqual([]);
      expect(placement.integerKernels).toBe(placement.quantizedNodes);
      expect(placement.integerKernels).toBeGreaterThanOrEqual(weighted);
    });

    it('has a measured speed-up and memory', () => {
      const { memory } = variant.measurements;
      const [{ speedup, runs } = { speedup: undefined, runs: 0 }] = latencyOf(variant);
      expect(runs).toBeGreaterThan(10);
      expect(speedup!.low).toBeGreaterThan(0);
      expect(speedup!.low).toBeLessThanOrEqual(speedup!.estimate);
      expect(speedup!.estimate).toBeLessThanOrEqual(speedup!.high!);
      expect(memory).toMatchObject({ peakBytes: expect.any(Number), ratio: expect.any(Number) });
    });
  });
});

/** The command as a user types it. */
function quantGate(args: readonly string[], cwd: string): Promise<typeof ended> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join(root, 'src/cli/main.ts'), ...args], { cwd });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}
