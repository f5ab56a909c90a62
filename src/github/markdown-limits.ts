/** Characters. GitHub refuses longer comments; a little is left for links that are added. */
export const commentLimit = 65_000;
/** Bytes of a check run's summary, though GitHub calls them characters: https://github.com/github/docs/issues/35252 */
export const checkLimit = 65_000;
/** Bytes of one step's job summary (1 MiB), with some room. */
export const summaryLimit = 1_000_000;

/**
 * Shortens Markdown to `limit` (in characters, or in bytes of UTF-8), at the end of a line, with open code fences and
 * `<details>` closed, and `notice` as the last paragraph.
 */
export function shorten(markdown: string, limit: number, notice: string, unit: 'characters' | 'bytes' = 'characters') {
  const length = unit === 'bytes' ? Buffer.byteLength : (text: string) => text.length;
  if (length(markdown) <= limit) return markdown;
  const lines = markdown.split('\n');
  const kept: string[] = [];
  let size = length(notice) + 64;
  let fence: string | undefined;
  let details = 0;
  let closing = '';
  for (const line of lines) {
    const marker = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (marker) fence = fence === undefined ? marker : marker.startsWith(fence) ? undefined : fence;
    if (fence === undefined) {
      details += line.match(/<details\b/g)?.length ?? 0;
      details -= line.match(/<\/details>/g)?.length ?? 0;
    }
    const close = `${fence === undefined ? '' : `\n${fence}`}${'\n\n</details>'.repeat(Math.max(0, details))}`;
    size += length(line) + 1;
    if (size + length(close) > limit) break;
    kept.push(line);
    closing = close;
  }
  return `${kept.join('\n')}${closing}\n\n${notice}\n`;
}
