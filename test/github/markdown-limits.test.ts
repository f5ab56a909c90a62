import { describe, expect, it } from 'vitest';
import { shorten } from '../../src/github/markdown-limits.ts';

const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`).join('\n');

describe('shorten', () => {
  it('leaves what fits as it is', () => {
    expect(shorten('short', 5, 'notice')).toBe('short');
  });

  it.each([
    ['text', lines(500)],
    ['an open fence', `\`\`\`\`yaml\n${lines(500)}`],
    ['a fence that holds another', `\`\`\`\`\n\`\`\`\n${lines(500)}`],
    ['nested details', `<details><summary>a</summary>\n\n<details>\n\n${lines(500)}\n</details></details>`],
    ['closed details', `<details>\n\nx\n\n</details>\n\n${lines(500)}`],
    ['one endless line', 'x'.repeat(5_000)],
  ])('cuts %s at a line and closes what is open', (_, text) => {
    const short = shorten(text, 1_000, 'NOTICE');
    expect(short.length).toBeLessThanOrEqual(1_000);
    expect(short.trimEnd().endsWith('NOTICE')).toBe(true);
    const count = (pattern: RegExp) => short.match(pattern)?.length ?? 0;
    expect(count(/<details>/g)).toBe(count(/<\/details>/g));
    expect(count(/^````/gm) % 2).toBe(0);
  });

  it('counts bytes where the limit is one of bytes', () => {
    const short = shorten(`${'ü'.repeat(99)}\n`.repeat(20), 1_000, 'NOTICE', 'bytes');
    expect(Buffer.byteLength(short)).toBeLessThanOrEqual(1_000);
    expect(Buffer.byteLength(short)).toBeGreaterThan(600);
  });
});
