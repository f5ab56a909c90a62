import { escapeHtml } from './escape.ts';
import type { Report } from './schema.ts';
import { headline } from './view.ts';

export function renderHtml(report: Report): string {
  const { verdict, text } = headline(report);
  return `<!doctype html><meta charset="utf-8"><title>${escapeHtml(verdict)}</title><h1>${escapeHtml(verdict)}</h1><p>${escapeHtml(text)}</p>`;
}
