import { summary } from '@actions/core';
import { shorten, summaryLimit } from './markdown-limits.ts';

/** Appends to the job's summary, which needs no permission: what every run can show, forks' too. */
export async function writeSummary(markdown: string, shortened: string): Promise<void> {
  await summary.addRaw(shorten(markdown, summaryLimit, shortened, 'bytes'), true).write();
}
