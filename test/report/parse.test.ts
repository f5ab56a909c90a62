import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { joinReports, withoutChance } from '../../src/report/join.ts';
import { parseReport } from '../../src/report/parse.ts';
import type { Report } from '../../src/report/schema.ts';
import * as fixtures from './fixtures.ts';

const { passing, failing, hostile, many } = fixtures;

describe('a report is read back as it was written', () => {
  test.each(Object.entries({ passing, failing, many, hostile }))('%s', (_name, report) => {
    expect(parseReport(JSON.stringify(report))).toEqual(report);
  });
});

describe('what is no report is refused with the reason', () => {
  const changed = (change: (report: Report) => unknown) => {
    const copy = structuredClone(passing);
    return JSON.stringify(change(copy) ?? copy);
  };
  test.each([
    ['{', 'report.json is not JSON'],
    ['null', 'report.json is not a report of Quant Gate'],
    ['{"schemaVersion":2}', 'has schemaVersion 2; this Quant Gate reads version 1: use the same release'],
    [changed((report) => ({ ...report, schemaVersion: 'x' })), 'has schemaVersion "x"'],
    [changed((report) => ({ ...report, verdict: 'great' })), 'verdict'],
    [changed((report) => ({ ...report, models: {} })), 'models'],
    [
      changed((report) => {
        report.models[0]!.variants[0]!.file = '../../etc/passwd';
      }),
      'names the file "../../etc/passwd" for level2-cpu-x64-avx2, outside its folder',
    ],
    [
      changed((report) => {
        report.models[0]!.fp32.file = '/etc/passwd';
      }),
      'outside its folder',
    ],
    [`${'['.repeat(200)}${']'.repeat(200)}`, 'nested too deeply'],
  ])('%s', (text, expected) => {
    expect(() => parseReport(text)).toThrow(UserError);
    expect(() => parseReport(text)).toThrow(expected);
  });

  test('a number that JSON cannot hold', () => {
    const copy = structuredClone(passing);
    copy.models[0]!.fp32.seconds = Number.NaN;
    expect(() => parseReport(JSON.stringify(copy), 'shard-1/report.json')).toThrow(
      /shard-1\/report.json is not a report of Quant Gate: models.0.fp32.seconds/,
    );
  });
});

describe('shards are joined', () => {
  const shard = (change: Partial<Report>) => fixtures.report(change);
  const cuda = fixtures.variant({ target: 'cuda', verdict: 'fail' });
  const other = shard({
    verdict: 'fail',
    startedAt: '2025-03-01T09:00:00Z',
    machine: { ...passing.machine, cpu: 'Neoverse-N2' },
    gate: { ...passing.gate, reason: 'level 2 is required and failed' },
    models: [fixtures.model({ variants: [cuda], verdict: 'fail' }), fixtures.model({ name: 'squeezenet' })],
  });
  const join = (...reports: Report[]) =>
    joinReports(withoutChance(reports.map((report, index) => ({ from: `shard-${index}`, report }))));

  test('models merge, the gravest verdict counts, machines are listed with what they measured', () => {
    const joined = join(passing, other);
    expect(joined.verdict).toBe('fail');
    expect(joined.startedAt).toBe('2025-03-01T09:00:00Z');
    expect(joined.models.map(({ name, verdict, variants }) => [name, verdict, variants.map(({ id }) => id)])).toEqual([
      ['mobilenet', 'fail', ['level2-cpu-x64-avx2', 'level2-cuda']],
      ['squeezenet', 'pass', ['level2-cpu-x64-avx2']],
    ]);
    expect(joined.machines?.map(({ cpu, measured }) => [cpu, measured])).toEqual([
      ['AMD EPYC 7763 64-Core Processor', ['mobilenet/level2-cpu-x64-avx2']],
      ['Neoverse-N2', ['mobilenet/level2-cuda', 'squeezenet/level2-cpu-x64-avx2']],
    ]);
    expect(joined.gate.reason).toMatch(/^mobilenet: level2-cuda fails: /);
    expect(parseReport(JSON.stringify(joined))).toEqual(joined);
  });

  describe('levels that were run apart are judged as in one run', () => {
    const levels = [1, 2].map((level) => ({ level, stop: false }));
    const part = (level: number, verdict: 'pass' | 'fail', gate: Partial<Report['gate']>) =>
      shard({
        // Alone it lacks a level that the gate may require.
        verdict: 'fail',
        gate: { ...passing.gate, levels, ...gate },
        models: [fixtures.model({ verdict: 'fail', variants: [fixtures.variant({ level, verdict })] })],
      });
    const verdict = (gate: Partial<Report['gate']>, first: 'pass' | 'fail', second?: 'pass' | 'fail') => {
      const cpu = part(1, first, gate);
      const other = second
        ? part(2, second, gate)
        : shard({ ...cpu, models: [fixtures.model({ name: 'squeezenet' })] });
      const joined = join(cpu, other);
      expect(parseReport(JSON.stringify(joined))).toEqual(joined);
      return [joined.models[0]!.verdict, joined.verdict];
    };

    test('any', () => {
      expect(verdict({ require: 'any' }, 'pass', 'fail')).toEqual(['pass', 'pass']);
      expect(verdict({ require: 'any' }, 'fail', 'pass')).toEqual(['pass', 'pass']);
      expect(verdict({ require: 'any' }, 'fail', 'fail')).toEqual(['fail', 'fail']);
    });

    test('all, and by number', () => {
      for (const require of ['all', '2', '1, 2']) {
        expect(verdict({ require }, 'pass', 'pass')).toEqual(['pass', 'pass']);
        expect(verdict({ require }, 'pass', 'fail')).toEqual(['fail', 'fail']);
        // Level 2 was not run.
        expect(verdict({ require }, 'pass')).toEqual(['fail', 'fail']);
      }
      expect(verdict({ require: '2' }, 'fail', 'pass')).toEqual(['pass', 'pass']);
      expect(verdict({ require: 'all' }, 'fail', 'pass')).toEqual(['fail', 'fail']);
    });

    test('a level that passes and says stop is enough', () => {
      const stop = { require: 'all', levels: levels.map((each) => ({ ...each, stop: each.level === 1 })) };
      expect(verdict(stop, 'pass', 'fail')).toEqual(['pass', 'pass']);
      expect(verdict(stop, 'fail', 'fail')).toEqual(['fail', 'fail']);
    });

    test('not in reports that do not say which levels the policy has', () => {
      const { levels: _, ...gate } = passing.gate;
      expect(() => join({ ...passing, gate }, other)).toThrow('shard-0 does not say which levels its policy has');
      expect(join({ ...passing, gate })).toEqual({ ...passing, gate });
    });
  });

  test('what the pull request loosens is said once, and stays marked', () => {
    const [loose, stricter] = failing.policy.changes!;
    const policy = { ...passing.policy, changes: [loose!, stricter!], loosened: [loose!] };
    const joined = join({ ...passing, policy }, { ...other, policy });
    expect(joined.policy).toEqual(policy);
  });

  describe('a variant that one part measured as cpu and another by its name', () => {
    const part = (requested: 'cpu' | undefined, verdict: 'pass' | 'fail', cpu: string) => {
      const { requested: _, ...variant } = fixtures.variant({ verdict });
      const model = fixtures.model({ variants: [{ ...variant, ...(requested && { requested }) }], verdict });
      return shard({ verdict, models: [model], machine: { ...passing.machine, cpu } });
    };
    const twice = (asCpu: 'pass' | 'fail', byName: 'pass' | 'fail') => {
      const parts = [part('cpu', asCpu, 'EPYC'), part(undefined, byName, 'Xeon')];
      // Whichever job is read first.
      return [join(...parts), join(...parts.toReversed())].map(({ verdict, models, machines }) => {
        const [variant, ...others] = models[0]!.variants;
        expect(others).toEqual([]);
        const measured = machines!.filter((each) => each.measured.length > 0).map(({ cpu }) => cpu);
        return { verdict, own: variant!.verdict, requested: variant!.requested, measured, note: variant!.notes[0] };
      });
    };

    test('keeps the graver verdict, and says so', () => {
      for (const joined of twice('fail', 'pass')) {
        expect(joined).toEqual({
          verdict: 'fail',
          own: 'fail',
          requested: 'cpu',
          measured: ['EPYC'],
          note:
            'Measured twice, as the policy has the targets cpu and cpu-x64-avx2, and cpu was cpu-x64-avx2 too on its machine (EPYC): ' +
            'the verdict is fail there and pass as cpu-x64-avx2 (Xeon); that of cpu is kept, the graver one.',
        });
      }
      for (const joined of twice('pass', 'fail'))
        expect(joined).toMatchObject({ verdict: 'fail', own: 'fail', requested: undefined, measured: ['Xeon'] });
    });

    test('keeps what the policy names where both are the same', () => {
      for (const joined of twice('pass', 'pass')) {
        expect(joined).toMatchObject({ verdict: 'pass', requested: undefined, measured: ['Xeon'] });
        expect(joined.note).toMatch(/pass there and pass as cpu-x64-avx2 \(Xeon\); that of cpu-x64-avx2 is kept\.$/);
      }
    });

    test('is refused where a third did', () => {
      const parts = [part('cpu', 'pass', 'EPYC'), part(undefined, 'pass', 'Xeon'), part(undefined, 'pass', 'Xeon')];
      expect(() => join(...parts)).toThrow('both measured level2-cpu-x64-avx2 of mobilenet');
      expect(() => join(parts[0]!, parts[0]!)).toThrow('both measured level2-cpu-x64-avx2 of mobilenet');
    });
  });

  test('one report is itself', () => {
    expect(join(passing)).toBe(passing);
  });

  test('parts that do not belong together are refused', () => {
    expect(() => join()).toThrow('there is no report to join');
    expect(() => join(passing, passing)).toThrow('shard-0 and shard-1 both measured level2-cpu-x64-avx2 of mobilenet');
    expect(() => join(passing, shard({ policy: { path: 'quant.yml', sha256: 'f'.repeat(64) } }))).toThrow(
      'different policies',
    );
    const source = { ...fixtures.model().source, sha256: 'e'.repeat(64) };
    const changed = shard({ models: [fixtures.model({ source, variants: [cuda] })] });
    expect(() => join(passing, changed)).toThrow('measured different files as mobilenet');
  });
});
