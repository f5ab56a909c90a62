import { expect, it } from 'vitest';
import { elsewhereNotes } from '../../src/engine/elsewhere.ts';
import type { TargetName } from '../../src/policy/schema.ts';
import { hostTargetName, targets } from '../../src/targets/index.ts';
import { digitsFolder, digitsPolicy, gateDigits } from './digits.ts';

const folder = digitsFolder();
const integers = { integerKernels: 3 };
const notesOf = (target: keyof typeof targets, named: TargetName[], placement = integers) =>
  elsewhereNotes(targets[target], named, placement);

it('says of a file for a CPU that nobody named where its results are wrong', () => {
  const [note] = notesOf('cpu-x64-vnni', ['cpu']);
  expect(note).toMatch(/x86-64 CPU with VNNI.*without VNNI.*saturate.*cpu-x64-avx2/);
});

it('says nothing of a file that is right on every CPU, or for the CPU that was named', () => {
  expect(notesOf('cpu-x64-avx2', ['cpu'])).toEqual([]);
  expect(notesOf('cpu-arm64', ['cpu'])).toEqual([]);
  expect(notesOf('cpu-x64-vnni', ['cpu-x64-vnni'])).toEqual([]);
  expect(notesOf('cpu-x64-vnni', ['cpu', 'cpu-x64-avx2'])).toEqual([]);
  expect(notesOf('cpu-x64-vnni', ['cpu'], { integerKernels: 0 })).toEqual([]);
});

it('is in the report where this machine makes such files', async () => {
  const { report } = await gateDigits(
    folder,
    digitsPolicy(`levels: { 2: { prefer: size, recover: none, observer: min-max } }
measure: { latency-budget: 1s }`),
  );
  const { notes } = report.models[0]!.variants[0]!;
  expect(notes.some((note) => note.includes('saturate'))).toBe(hostTargetName() === 'cpu-x64-vnni');
});
