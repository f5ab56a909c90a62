import { expectTypeOf, test } from 'vitest';
import type { Check, Measurements, Placement } from '../../src/measure/contract.ts';
import type { VariantReport } from '../../src/report/schema.ts';
import type { TrainingReport } from '../../src/train/contract.ts';

test('report.json holds all that is measured: a field that only one side has would be lost', () => {
  // Checked by `npm run typecheck`; Required reaches the optional fields; an open end of an interval is infinite when measured, null in JSON.
  type Deep<T> = T extends object ? { [Key in keyof T]-?: Deep<Exclude<T[Key], undefined | null>> } : T;
  expectTypeOf<Deep<VariantReport['measurements']>>().toEqualTypeOf<Deep<Measurements>>();
  expectTypeOf<Deep<VariantReport['checks'][number]>>().toEqualTypeOf<Deep<Check>>();
  expectTypeOf<Deep<NonNullable<VariantReport['placement']>>>().toEqualTypeOf<Deep<Placement>>();
  expectTypeOf<NonNullable<VariantReport['training']>>().toEqualTypeOf<TrainingReport>();
});
