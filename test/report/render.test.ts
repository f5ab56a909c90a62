import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { marker, renderMarkdown } from '../../src/report/markdown.ts';
import type { Report } from '../../src/report/schema.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { latencyOf } from '../../src/report/view.ts';
import * as fixtures from './fixtures.ts';

const { passing, failing, inconclusive, broken, many, hostile } = fixtures;
const all = { passing, failing, inconclusive, broken, many, hostile };

/** Markdown as a person reads it: references decoded, our zero-width spaces and tags gone. */
const read = (text: string) =>
  text
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('\u200B', '')
    .replace(/ +/g, ' ');

describe('the verdict line', () => {
  const line = (report: Report) => read(renderMarkdown(report).split('\n')[2]!);

  test('says in one sentence what happened', () => {
    expect(line(passing)).toBe(
      '### ✅ Quant Gate passed: level 2 of mobilenet is 1.46x faster, 3.9x smaller, accuracy −0.2 points (limit −1.0)',
    );
    expect(line(failing)).toBe(
      '### ❌ Quant Gate failed: level 2 of mobilenet: top1 −3.1 points (−4.0 to −2.2), limit −1.0, and 1 other limit missed',
    );
    expect(line(inconclusive)).toBe(
      '### ⚠️ Quant Gate came to no decision: level 2 of mobilenet: top1 −0.9 points (−2.1 to +0.3), limit −1.0; about 5,200 further samples would decide it',
    );
    expect(line(broken)).toContain(
      '### 🚫 Quant Gate could not finish: level 2 of mobilenet: the worker was killed by SIGKILL',
    );
    expect(line(many)).toBe(
      '### ✅ Quant Gate passed: 6 models, all 18 variants within the limits; 1.20x to 1.80x the speed of FP32; 26 % of its size',
    );
  });

  test('the limit of the worst class does not stand beside the drop of all', () => {
    const worst = fixtures.check('accuracy.per-class.max-drop', '<=', 0.05, [0.01, 0.03, 0.07], 'inconclusive');
    const withLimits = (...checks: (typeof worst)[]) =>
      line(fixtures.report({ models: [fixtures.model({ variants: [fixtures.variant({ checks })] })] }));
    expect(withLimits(worst)).toMatch(/accuracy −0\.2 points$/);
    const drop = fixtures.check('accuracy.max-drop', '<=', 0.01, [-0.004, 0.002, 0.008]);
    expect(withLimits(drop, worst)).toMatch(/accuracy −0\.2 points \(limit −1\.0\)$/);
  });

  test('what was not measured is said once, in the units of the metric', () => {
    const message = 'The drop of rmse was not measured: rmse of FP32 is not a number (NaN); the limit is 0.1.';
    const own = fixtures.check('accuracy.max-drop', '<=', 0.1, [0, 0, 0], 'fail', {
      ...{ estimate: null, low: null, high: null },
      message,
    });
    const notMeasured = { notMeasured: 'rmse of FP32 is not a number (NaN)', failed: true } as const;
    const variant = fixtures.variant({ measurements: { accuracy: notMeasured }, checks: [own], verdict: 'fail' });
    const fp32 = { ...fixtures.model().fp32, measurements: { accuracy: notMeasured } };
    const models = [fixtures.model({ metric: 'rmse', fp32, variants: [variant], verdict: 'fail' })];
    const report = fixtures.report({ verdict: 'fail', models });
    expect(line(report)).toBe(`### ❌ Quant Gate failed: level 2 of mobilenet: ${message.slice(0, -1)}`);
    expect(read(renderMarkdown(report))).toContain('+0.100');
  });

  test('samples that repeat others are said, as no interval knows of them', () => {
    const data = { ...fixtures.model().data, repeated: 392 };
    const report = fixtures.report({ models: [fixtures.model({ data })] });
    for (const text of [renderMarkdown(report), renderHtml(report), renderTerminal(report, 'out')]) {
      expect(read(text)).toContain('392 validation samples repeat another: intervals take each for one of its own');
    }
  });

  test('the confidence of intervals is not rounded', () => {
    const report = fixtures.report({ gate: { ...fixtures.report().gate, confidence: 0.975 } });
    expect(read(renderMarkdown(report))).toContain('Intervals at 97.5 % confidence');
    expect(read(renderMarkdown(report))).toContain('Measured (97.5 % interval)');
    expect(read(renderHtml(report))).toContain('intervals at 97.5 %');
  });

  test('agreement on generated inputs is not called accuracy', () => {
    const agreement = fixtures.variant({
      measurements: { accuracy: fixtures.accuracy({ metric: 'agreement', value: 1, fp32: 1 }) },
      checks: [],
    });
    const unmeasured = 'accuracy was not measured, for the policy names no validation data';
    const report = fixtures.report({ models: [fixtures.model({ variants: [agreement], data: { unmeasured } })] });
    expect(line(report)).toContain('agreement −0.2 points, accuracy itself was not measured');
    for (const text of [renderMarkdown(report), renderHtml(report), renderTerminal(report, 'out')]) {
      expect(read(text)).toContain(unmeasured);
    }
  });

  test('an error that grew is not called an accuracy that fell', () => {
    const worse = fixtures.accuracy({
      metric: 'rmse',
      direction: 'lower',
      value: 1.03,
      fp32: 1,
      drop: { low: 0.01, estimate: 0.03, high: 0.05 },
    });
    const variant = fixtures.variant({ measurements: { accuracy: worse }, checks: [] });
    const report = fixtures.report({ models: [fixtures.model({ metric: 'rmse', variants: [variant] })] });
    expect(line(report)).toContain('level 2 of mobilenet is rmse +0.0300');
    expect(read(renderMarkdown(report))).toContain('+0.0300, 1.030 +0.0100 to +0.0500');
    expect(renderHtml(report)).toContain('+0.0300');
  });

  test('nor is one that a command measured: its name does not say that lower is better', () => {
    const worse = fixtures.accuracy({
      metric: 'command',
      direction: 'lower',
      value: 1.03,
      fp32: 1,
      drop: { low: 0.01, estimate: 0.03, high: 0.05 },
    });
    const checks = [fixtures.check('accuracy.max-drop', '<=', 0.1, [0.01, 0.03, 0.05])];
    const variant = fixtures.variant({ measurements: { accuracy: worse }, checks });
    const report = fixtures.report({ models: [fixtures.model({ metric: 'command', variants: [variant] })] });
    expect(line(report)).toContain('level 2 of mobilenet is command +0.0300 (limit +0.100)');
    expect(read(renderMarkdown(report))).toContain('+0.0300, 1.030 +0.0100 to +0.0500, limit +0.100');
    for (const text of [renderHtml(report), renderTerminal(report, 'out')]) {
      expect(read(text)).toContain('+0.0300');
      expect(read(text)).not.toContain('−0.0300');
    }
  });

  test('a slower or bigger variant is not called faster or smaller', () => {
    const slow = fixtures.variant({
      measurements: {
        size: { bytes: 15_000_000, ratio: 1.07 },
        latency: [
          { batch: 1, p50Ms: 15, p90Ms: 16, p99Ms: 18, runs: 3, speedup: { low: 0.7, estimate: 0.8, high: 0.9 } },
        ],
        accuracy: { notMeasured: 'no validation data' },
      },
      checks: [],
    });
    expect(line(fixtures.report({ models: [fixtures.model({ variants: [slow] })] }))).toContain(
      'level 2 of mobilenet is 1.25x slower, 1.1x bigger, accuracy not measured',
    );
  });

  test('a difference of speed that may be of either sign, or of size that does not show, is not called one', () => {
    const even = fixtures.variant({
      measurements: {
        size: { bytes: 13_900_000, ratio: 0.996 },
        latency: [
          { batch: 1, p50Ms: 15, p90Ms: 16, p99Ms: 18, runs: 3, speedup: { low: 0.84, estimate: 1.06, high: 1.18 } },
        ],
        accuracy: { notMeasured: 'no validation data' },
      },
      checks: [],
    });
    expect(line(fixtures.report({ models: [fixtures.model({ variants: [even] })] }))).toContain(
      'level 2 of mobilenet is 1.06x the speed of FP32 (0.84x to 1.18x), as big as FP32',
    );
  });

  test('a level that is not required does not stand for a failure of one that is', () => {
    const missed = {
      checks: [fixtures.check('accuracy.max-drop', '<=', 0.01, [0.02, 0.03, 0.04], 'fail')],
      verdict: 'fail' as const,
    };
    const byEstimate = { ...missed, checks: [{ ...missed.checks[0]!, low: 0.005, verdict: 'inconclusive' as const }] };
    const title = (own: object, require = '2') =>
      line(
        fixtures.report({
          verdict: 'fail',
          models: [
            fixtures.model({ variants: [fixtures.variant({ level: 1, ...missed }), fixtures.variant({ ...own })] }),
          ],
          gate: { ...fixtures.report().gate, require, reason: 'Level 2 was not run.' },
        }),
      );
    expect(title(missed)).toContain('failed: level 2 of mobilenet');
    expect(title(byEstimate)).toContain('failed: level 2 of mobilenet: top1 −3.0 points (−4.0 to −0.5)');
    expect(title({ level: 3 })).toContain('failed: Level 2 was not run.');
    expect(title({ target: 'cuda', ...missed }, 'any')).toContain('failed: level 1 for cpu-x64-avx2 of mobilenet');
    expect(title({ target: 'cuda' }, 'any')).toContain('failed: level 1 for cpu-x64-avx2 of mobilenet');
  });

  test('a limit that the estimate decides does not stand for one that nothing does', () => {
    const estimated = fixtures.check('accuracy.max-drop', '<=', 0.01, [-0.02, 0, 0.02], 'inconclusive');
    const message = 'The speed-up was not measured: this is another CPU.';
    const open = { ...fixtures.check('latency.min-speedup', '>=', 1, [0, 0, 0], 'inconclusive', { message }) };
    const unmeasured = { ...open, estimate: null, low: null, high: null };
    const variants = [
      fixtures.variant({ checks: [estimated] }),
      fixtures.variant({ target: 'cuda', checks: [estimated, unmeasured], verdict: 'inconclusive' }),
    ];
    const report = fixtures.report({ verdict: 'inconclusive', models: [fixtures.model({ variants })] });
    expect(line(report)).toBe(
      `### ⚠️ Quant Gate came to no decision: level 2 for cuda of mobilenet: ${message.slice(0, -1)}`,
    );
  });

  test('a variant that was made and gives nothing of use shows what was measured of it', () => {
    const message = 'output "logits" holds 64 NaN, first for 0';
    const own = fixtures.variant();
    const useless = fixtures.variant({
      verdict: 'error',
      error: { kind: 'error', message },
      measurements: { size: own.measurements.size!, accuracy: { notMeasured: message, failed: true } },
      checks: [fixtures.check('size.max-ratio', '<=', 0.3, [0.2551, 0.2551, 0.2551])],
    });
    const models = [fixtures.model({ verdict: 'error', variants: [useless] })];
    const report = fixtures.report({ verdict: 'error', models });
    expect(line(report)).toBe(`### 🚫 Quant Gate could not finish: level 2 of mobilenet: ${message}`);
    for (const text of [renderMarkdown(report), renderHtml(report), renderTerminal(report, 'out')]) {
      expect(read(text)).toMatch(/3\.57 MB[^|]*0\.26 of FP32/);
      expect(read(text)).not.toContain('could not be made');
    }
  });

  test('no model at all is not a blank', () => {
    expect(line(fixtures.report({ models: [] }))).toBe('### ✅ Quant Gate passed: there was nothing to measure');
  });
});

describe('the comment', () => {
  test('begins with the marker that finds it again', () => {
    expect(renderMarkdown(passing, { id: 'ci/gate -->x' }).split('\n')[0]).toMatch(
      /^<!-- quant-gate:ci-gate-x\.[0-9a-f]{8} -->$/,
    );
    expect(marker()).toBe('<!-- quant-gate:main -->');
    expect(marker('Gate_2.b')).toBe('<!-- quant-gate:Gate_2.b -->');
    const names = ['検査', '门禁', 'Gate (a+b)', 'Gate (a/b)', 'Gate-a-b', 'a--b', 'a-b', '->', ''];
    expect(new Set(names.map(marker)).size).toBe(names.length);
    for (const name of names) expect(marker(name).slice(4, -3)).not.toMatch(/--|>/);
  });

  test('has a table of models and levels with four numbers against their limits', () => {
    const rows = renderMarkdown(failing)
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(0, 6)
      .map(read);
    expect(rows[0]).toBe('| Model | Level | Size | Speed-up | Memory | Accuracy |');
    expect(rows[2]).toContain('mobilenet');
    expect(rows[2]).toContain('| FP32 | 14.0 MB | 12.1 ms | 121 MB | 71.2 % top1 |');
    expect(rows[4]).toBe(
      '| | ❌ **2** static | ✅ 3.57 MB 0.26 of FP32, limit ≤ 0.30 | ❌ 1.08x, 11.2 ms 1.05x to 1.11x, limit ≥ 1.20x | ✅ 84.0 MB 0.69 of FP32, limit ≤ 0.90 | ❌ −3.1 points, 68.1 % −4.0 to −2.2, limit −1.0, and 1 other check |',
    );
    expect(rows[3]).toContain('| not measured this runner is not cpu-x64-vnni |');
  });

  test('names what failed, what is undecided and what to try, and shows policy changes openly', () => {
    const text = read(renderMarkdown(failing));
    expect(text).toContain('❌ mobilenet level 2: speed-up 1.08x (1.05x to 1.11x), limit ≥ 1.20x');
    expect(text).toContain('about 1,800 further samples would decide it (passed by the estimate)');
    expect(text).toContain('- Try Level 3: it lost 0.3 points here.');
    expect(text).toContain('changes the policy: 2 changes, **1 of them loosens a limit**');
    expect(text).toContain('3 samples of the calibration data are also in the validation data');
    expect(text).toContain('lost 97: data/validation/cat/0.jpg');
  });

  test('says everywhere that validation samples were trained on', () => {
    const data = { calibration: 'a', validation: 'b', sharedTraining: 1 };
    const report = fixtures.report({ models: [fixtures.model({ data })] });
    for (const page of [renderMarkdown(report), renderHtml(report), renderTerminal(report, 'out')])
      expect(read(page)).toContain('1 sample of the training data is also in the validation data');
  });

  test('a check without a number is never shown as passed', () => {
    const check = { ...fixtures.check('size.max', '<=', 1, [0, 0, 0], 'pass'), estimate: null, low: null, high: null };
    const variant = fixtures.variant({ measurements: {}, checks: [check] });
    const text = read(renderMarkdown(fixtures.report({ models: [fixtures.model({ variants: [variant] })] })));
    expect(text).toContain('⚠️ not measured');
    expect(text).not.toContain('✅ not measured');
  });

  test('an error shows its message and the limits it could not be held to', () => {
    const text = read(renderMarkdown(broken));
    expect(text).toContain('could not be made: killed');
    expect(text).toContain('the worker was killed by SIGKILL after 3 s (out of memory?)\nlast line: Conv');
    expect(text).toContain('accuracy.max-drop : not measured: the worker was killed');
  });

  test('says each reason for FP32 nodes once, with how many and which', () => {
    const why = 'computed in float: ConvInteger is slower than FP32';
    const floatNodes = [
      ...Array.from({ length: 7 }, (_, i) => ({ node: `conv${i}`, op: 'Conv', why })),
      { node: 'softmax', op: 'Softmax', why: 'no integer kernel' },
      { node: 'mul0', op: 'Mul', why: 'its input a is float (Pow)' },
      { node: 'mul1', op: 'Mul', why: 'its input b is float (Pow)' },
      { node: 'add', op: 'Add', why: 'its input c is float (Pow)' },
    ];
    const placement = { providers: { cpu: 8 }, quantizedNodes: 0, integerKernels: 0, floatNodes };
    const variants = [fixtures.variant({ placement })];
    const text = read(renderMarkdown(fixtures.report({ models: [fixtures.model({ variants })] })));
    expect(text).toContain(`- 7 Conv: ${why}: conv0 , conv1 , conv2 , conv3 , conv4 and 2 more`);
    expect(text).toContain('- 1 Softmax: no integer kernel: softmax');
    expect(text).toContain('- 2 Mul: an input is float (Pow): mul0 , mul1');
    expect(text).toContain('- 1 Add: its input c is float (Pow): add');
  });

  test('a training that kept nothing is said to have changed nothing', () => {
    const training = { steps: 80, seconds: 3, trainedNodes: 0, untrained: [], tiers: [] };
    const report = fixtures.report({ models: [fixtures.model({ variants: [fixtures.variant({ training })] })] });
    expect(read(renderMarkdown(report))).toContain('Training: 80 steps in 3.00 s, no node is changed');
  });

  test('points to the artifact, but only by https', () => {
    const url = 'https://github.com/o/r/actions/runs/1/artifacts/2';
    expect(renderMarkdown(passing, { artifact: { name: 'quant-gate', url } })).toContain(`[quant-gate](${url})`);
    const evil = renderMarkdown(passing, { artifact: { name: 'x', url: 'javascript:alert(1)' } });
    expect(evil).not.toContain('javascript:');
  });
});

test('the table shows a number that is limited with the digits of its limit', () => {
  const variant = fixtures.variant({
    measurements: { ...fixtures.variant().measurements, size: { bytes: 4_210_000, ratio: 0.3004 } },
    checks: [
      fixtures.check('size.max-ratio', '<=', 0.3, [0.3004, 0.3004, 0.3004], 'fail'),
      fixtures.check('accuracy.max-drop', '<=', 0.0025, [-0.004, 0.002, 0.008], 'inconclusive'),
    ],
    verdict: 'fail',
  });
  const report = fixtures.report({
    verdict: 'fail',
    models: [fixtures.model({ verdict: 'fail', variants: [variant] })],
  });
  expect(renderTerminal(report, 'out')).toMatch(
    /4\.21 MB, 0\.3004 of FP32 \(≤ 0\.3000\) FAIL.*−0\.20 points \(−0\.25\) \?/,
  );
  // The charts, as they are read aloud, alike.
  const page = renderHtml(report);
  expect(page).toMatch(/Change of top1[^"]*: Level 2 static −0\.20, limit −0\.25/);
  expect(page).toMatch(/Size as a fraction[^"]*: Level 2 static 0\.3004, limit ≤ 0\.3000/);
});

describe('limits that are not on the cell’s own number say what they are on', () => {
  const row = (change: Parameters<typeof fixtures.variant>[0]) => {
    const text = renderMarkdown(
      fixtures.report({ models: [fixtures.model({ variants: [fixtures.variant(change)] })] }),
    );
    return read(text.split('\n').find((line) => line.includes('static'))!);
  };

  test('the base branch, the worst class, another batch', () => {
    const checks = [
      fixtures.check('regression.accuracy', '<=', 0.005, [0.01, 0.02, 0.03], 'fail'),
      fixtures.check('regression.size', '<=', 0.02, [0.05, 0.05, 0.05], 'fail'),
      fixtures.check('regression.speedup', '>=', 0.9, [0.7, 0.8, 0.85], 'fail'),
    ];
    expect(row({ checks })).toContain('against base 5.0 %, limit ≤ 2.0 %');
    expect(row({ checks })).toContain('against base 0.80x, limit ≥ 0.90x');
    expect(row({ checks })).toContain('against base −2.0 points, limit −0.5');
    const worst = [fixtures.check('accuracy.per-class.max-drop', '<=', 0.05, [0.07, 0.11, 0.15], 'fail')];
    expect(row({ checks: worst })).toContain('worst class −11.0 points, limit −5.0');
    const latency = [1, 8].map((batch) => ({
      batch,
      p50Ms: 10 * batch,
      p90Ms: 11 * batch,
      p99Ms: 12 * batch,
      runs: 100,
      speedup: { low: 1 + batch / 100, estimate: 1.1 + batch / 100, high: 1.2 + batch / 100 },
    }));
    const at8 = [fixtures.check('latency.min-speedup', '>=', 1.1, [1.08, 1.18, 1.28], 'inconclusive')];
    expect(row({ checks: at8, measurements: { latency } })).toContain(
      '⚠️ 1.18x, 80.0 ms at batch 8 1.08x to 1.28x, limit ≥ 1.10x',
    );
  });

  test('what has no number, beside one that has', () => {
    const none = (name: string, operator: '<=' | '>=', limit: number) =>
      fixtures.check(name, operator, limit, [0, 0, 0], 'fail', { estimate: null, low: null, high: null });
    const failed = { batch: 8, notMeasured: 'out of memory | at 8', failed: true as const };
    const measurements = { latency: [failed, ...latencyOf(fixtures.variant())] };
    const at8 = [none('latency.min-speedup', '>=', 1.2)];
    expect(row({ checks: at8, measurements })).toContain(
      '❌ 1.46x, 8.31 ms 1.41x to 1.51x, not measured, limit ≥ 1.20x',
    );
    expect(row({ checks: at8, measurements: { latency: [failed] } })).toContain(
      '❌ not measured out of memory | at 8, limit ≥ 1.20x',
    );
    const base = [none('regression.size', '<=', 0.02)];
    expect(row({ checks: base })).toContain('against base not measured, limit ≤ 2.0 %');
    // The table of latency has every batch size; the chart none of another's limit.
    const report = fixtures.report({
      models: [fixtures.model({ variants: [fixtures.variant({ checks: at8, measurements })] })],
    });
    for (const text of [renderMarkdown(report), renderHtml(report)])
      expect(read(text)).toMatch(/8 .{0,20}out of memory/s);
    expect(renderHtml(report)).toMatch(/aria-label="Speed-up[^"]*: Level 2 static 1.46x"/);
  });

  test('a time, also of another percentile than the median, and the value of the metric', () => {
    const report = (...checks: ReturnType<typeof fixtures.check>[]) =>
      fixtures.report({ models: [fixtures.model({ variants: [fixtures.variant({ checks })] })] });
    const median = fixtures.check('latency.max', '<=', 8, [8.2, 8.31, 8.4], 'fail');
    const tail = fixtures.check('latency.max', '<=', 9, [10, 10.1, 10.2], 'fail');
    const value = fixtures.check('accuracy.min', '>=', 0.75, [0.7, 0.71, 0.72], 'fail');
    expect(row({ checks: [median] })).toContain('❌ 1.46x, 8.31 ms 1.41x to 1.51x, limit ≤ 8.00 ms');
    expect(row({ checks: [tail] })).toContain('❌ 1.46x, 8.31 ms 1.41x to 1.51x, latency 10.1 ms, limit ≤ 9.00 ms');
    expect(renderTerminal(report(median, value), 'out')).toMatch(
      /1\.46x, 8\.31 ms \(≤ 8\.00 ms\) FAIL.*−0\.2 points, 71\.0 % \(≥ 75\.0 %\) FAIL/,
    );
    expect(renderTerminal(report(tail), 'out')).toContain('1.46x (latency 10.1 ms, limit ≤ 9.00 ms) FAIL');
  });

  test('fidelity to FP32 is a value, not a change', () => {
    const accuracy = fixtures.accuracy({
      metric: 'sqnr',
      value: 35.2,
      fp32: 200,
      drop: { low: 160, estimate: 164.8, high: 170 },
    });
    const checks = [fixtures.check('accuracy.min', '>=', 30, [34, 35.2, 36])];
    expect(row({ checks, measurements: { accuracy } })).toContain('✅ 35.2 dB sqnr, limit ≥ 30.0 dB');
  });
});

describe('whatever the report says, the structure is ours', () => {
  test.each(Object.entries(all))('%s', (_name, report) => {
    const text = renderMarkdown(report);
    // Only these tags, without attributes, and the marker.
    const tags = new Set([...text.matchAll(/<[^>]*>?/g)].map(([tag]) => tag));
    const known = ['<!-- quant-gate:main -->', '<sub>', '</sub>', '<br>', '<code>', '</code>', '<pre>', '</pre>'];
    expect([...tags].filter((tag) => !known.includes(tag))).toEqual(
      ['<details>', '<summary>', '</summary>', '</details>'].filter((tag) => tags.has(tag)),
    );
    for (const tag of ['details', 'summary', 'sub', 'code', 'pre']) {
      expect(text.split(`<${tag}>`).length).toBe(text.split(`</${tag}>`).length);
    }
    expect(text.match(/<!--/g)).toHaveLength(1);
    // Every row of a table has as many cells as its head.
    for (const table of text.split(/\n(?!\|)/).filter((block) => block.startsWith('|'))) {
      expect(new Set(table.split('\n').map((row) => row.split('|').length)).size).toBe(1);
    }
    // `[` and `]` would make links, backticks code: none but ours.
    expect(/[`[\]]/.exec(text)?.[0]).toBeUndefined();
  });
});

describe('a comment fits', () => {
  const huge = fixtures.report({
    verdict: 'fail',
    models: Array.from({ length: 120 }, (_, index) =>
      fixtures.model({
        name: `model-${index}`,
        verdict: index === 100 ? 'fail' : 'pass',
        variants: [1, 2, 3].map((level) =>
          fixtures.variant(
            index === 100 && level === 2
              ? {
                  level,
                  verdict: 'fail',
                  checks: [fixtures.check('accuracy.max-drop', '<=', 0.01, [0.02, 0.03, 0.04], 'fail')],
                }
              : { level },
          ),
        ),
      }),
    ),
  });

  test.each([65_536, 20_000, 4_000, 1_500])('into %d characters, with the verdict and what failed', (limit) => {
    const text = renderMarkdown(huge, { limit, artifact: { name: 'bundle' } });
    expect(text.length).toBeLessThanOrEqual(limit);
    expect(text.startsWith('<!-- quant-gate:main -->\n')).toBe(true);
    expect(read(text)).toContain('level 2 of model-100: top1 −3.0 points');
    expect(text).toContain('Shortened to fit');
    expect(text).toContain('<code>bundle</code>');
  });

  test('and keeps the row that failed when rows must go', () => {
    const text = read(renderMarkdown(huge, { limit: 20_000 }));
    expect(text).toContain('❌ **2** static');
    expect(text).toMatch(/… and \d+ more rows, in the whole report/);
    // Under the name of its model, which stands in FP32's row.
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    const failed = rows.findIndex((row) => row.includes('❌'));
    expect(rows[failed - 1]).toMatch(/model-100 .*\| FP32/);
  });
});

describe('the page', () => {
  test('draws a fidelity below 0 dB, more noise than signal, to the left', () => {
    const value = (db: number) => ({ ...fixtures.variant().measurements, accuracy: sqnr(db) });
    const sqnr = (db: number) => {
      const drop = { estimate: 200 - db, low: 200 - db, high: 200 - db };
      return fixtures.accuracy({ metric: 'sqnr', value: db, fp32: 200, drop });
    };
    const variants = [1, 2].map((level) =>
      fixtures.variant({ level, measurements: value(level === 1 ? 12 : -6), checks: [] }),
    );
    const page = renderHtml(fixtures.report({ models: [fixtures.model({ metric: 'sqnr', variants })] }));
    const chart = page.slice(page.indexOf('of the outputs against FP32'));
    const [up, down] = [...chart.matchAll(/<rect class="bar" x="([\d.]+)" width="([\d.]+)"/g)].map((bar) => ({
      x: Number(bar[1]),
      width: Number(bar[2]),
    }));
    expect(down!.width).toBeCloseTo(up!.width / 2, 0);
    expect(down!.x + down!.width).toBeCloseTo(up!.x, 0);
  });

  test('says what a variant took in all, and of FP32, which is given, nothing', () => {
    const models = [fixtures.model({ fp32: fixtures.fp32({ seconds: 0 }) })];
    const files = read(renderHtml(fixtures.report({ models }))).split('Model, data and files')[1]!;
    expect(files.match(/(?:made|measured) [^;<]* in [\d.]+ \S+/g)).toEqual(['made and measured in 38.0 s']);
    expect(files).not.toContain('0 µs');
  });

  test.each(Object.entries(all))('%s asks nobody for anything and closes what it opens', (_name, report) => {
    const page = renderHtml(report);
    const tags = [...page.matchAll(/<[^>]+>/g)].map(([tag]) => tag);
    const asking = /^<(script|link|img|iframe|object|form|base)\b|\s(src|srcset|on[a-z]+|style)=|url\(/i;
    expect(tags.filter((tag) => asking.test(tag.replace(/"[^"]*"/g, '')))).toEqual([]);
    expect(tags.filter((tag) => /href="(?!#model-\d+")/.test(tag))).toEqual([]);
    expect(/url\(|@import/.test(page.slice(0, page.indexOf('</style>')))).toBe(false);
    expect(page.includes("default-src 'none'; style-src 'unsafe-inline'")).toBe(true);
    expect(/NaN|undefined|\[object/.exec(page)?.[0]).toBeUndefined();
    const open: string[] = [];
    for (const [, slash, tag, self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
      if (self || ['meta', 'br', 'html'].includes(tag!)) continue;
      if (slash) expect(open.pop()).toBe(tag);
      else open.push(tag!);
    }
    expect(open).toEqual([]);
  });

  test('draws each measured variant, its interval, its limit and the frontier', () => {
    const page = renderHtml(failing);
    expect(page.match(/<svg/g)).toHaveLength(5);
    expect(page.includes('aria-label="Change of top1 against FP32, in points')).toBe(true);
    expect(page.includes('Level 2 static −3.1, limit −1.0')).toBe(true);
    expect(page.includes('1 node in FP32: 1.08x, −3.1 (chosen)')).toBe(true);
  });

  test('a variant without numbers has no chart and says so', () => {
    const variant = fixtures.variant({ measurements: {}, checks: [] });
    const page = renderHtml(fixtures.report({ models: [fixtures.model({ variants: [variant] })] }));
    expect(page).not.toContain('<svg');
    expect(page).toContain('not measured');
  });
});

test('the terminal gets plain lines', () => {
  for (const report of Object.values(all)) {
    expect(renderTerminal(report, 'out').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  }
  expect(renderTerminal(failing, 'quant-gate-out')).toMatch(
    /level 2 static +3\.57 MB, 0\.26 of FP32 \(≤ 0\.30\) ok +1\.08x \(≥ 1\.20x\) FAIL/,
  );
  expect(renderTerminal(broken, 'out')).toMatch(/^ERROR {2}mobilenet level 2: the worker was killed/m);
  expect(renderTerminal(passing, 'quant-gate-out').trimEnd().split('\n').slice(-2)).toEqual([
    'Quant Gate passed: level 2 of mobilenet is 1.46x faster, 3.9x smaller, accuracy −0.2 points (limit −1.0)',
    'The report and the models are in quant-gate-out',
  ]);
});

test('rendering reads each variant a fixed number of times, however many there are', () => {
  const reads = (count: number) => {
    let targets = 0;
    const counted = () =>
      Object.defineProperty(fixtures.variant({ verdict: 'fail' }), 'target', {
        enumerable: true,
        get: () => {
          targets++;
          return 'cpu-x64-avx2';
        },
      });
    const models = Array.from({ length: count }, () => fixtures.model({ variants: [counted()] }));
    const report = fixtures.report({ verdict: 'fail', models });
    renderMarkdown(report);
    renderHtml(report);
    return targets / count;
  };
  expect(reads(80)).toBeLessThanOrEqual(reads(20));
});
