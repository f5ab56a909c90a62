import { describe, expect, test } from 'vitest';
import {
  codeBlock,
  codeSpan,
  escapeHtml,
  escapeHtmlLines,
  escapeLine,
  escapeMarkdown,
} from '../../src/report/escape.ts';
import { hostileTexts } from './fixtures.ts';

/** What a browser makes of numeric references, for comparing with the original. */
const decoded = (text: string) => text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));

/** Deterministic noise: xorshift32. */
function* noise(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

const pieces = [
  ...hostileTexts,
  ...'|`*_[]()<>&#@!\\~$:"\'{}+-.=^ \n\r\t\0\u001b\u0085\u2028\u2029\u202e\u2066\u200b\u200d\ufeff\u00ad\u3164\u2800\ud800\udc00',
  'https://evil.example/x',
  'www.evil.example',
  '</pre>',
  '</code>',
  '-->',
  '&lt;',
  '&#64;',
  '😀',
  '\u{E0041}',
  'word',
];

function* fuzz(count: number): Generator<string> {
  const random = noise(20250301);
  const next = (below: number) => (random.next().value as number) % below;
  for (let index = 0; index < count; index += 1) {
    yield Array.from({ length: 1 + next(12) }, () => pieces[next(pieces.length)]!).join(next(3) === 0 ? ' ' : '');
  }
}

describe('Markdown', () => {
  test('holds none of the characters that mean something, whatever goes in', () => {
    for (const text of [...hostileTexts, ...fuzz(2000)]) {
      const escaped = escapeMarkdown(text);
      // `&`, `#` and `;` are only ever part of a numeric reference.
      expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(/[|`*_[\]<>&#@!\\~$:"'{}^=]/);
      expect(escaped).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF\p{Cs}]|\u200D/u);
      expect(escaped).not.toMatch(/^\s|^[-+]\s|^\d+[.)]\s/);
      expect([...decoded(escaped)].length).toBeLessThanOrEqual(450);
    }
  });

  test('what GitHub links in finished text is parted', () => {
    for (const text of fuzz(2000)) {
      const shown = decoded(
        escapeMarkdown(`${text} @octocat #12 GH-7 octo/repo#3 https://x.example www.x.example :tada:`),
      );
      expect(shown).not.toMatch(/@[A-Za-z0-9]|#\d|GH-\d|:\/\/|www\.|:tada:/i);
      expect(shown).not.toMatch(/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b/);
    }
  });

  test('ordinary text reads as it was', () => {
    for (const text of [
      '/features/0/conv/Conv_1',
      'data/validation (2,000 images)',
      'Größe 3 %, ½ – naïve',
      '日本語 😀',
    ]) {
      expect(decoded(escapeMarkdown(text))).toBe(text);
      expect(decoded(codeSpan(text))).toBe(`<code>${text}</code>`);
    }
    expect(escapeMarkdown('0.26 of FP32')).toBe('0.26 of FP32');
  });

  test('code keeps names exact, is never empty, and is never left', () => {
    expect(decoded(codeSpan('a@b#1:0'))).toBe('<code>a@b#1:0</code>');
    expect(codeSpan('')).toBe('<code>&#32;</code>');
    for (const text of fuzz(1000)) {
      const inner = codeSpan(text).slice('<code>'.length, -'</code>'.length);
      expect(inner.replace(/&#\d+;/g, '')).not.toMatch(/[|`*_[\]<>&#@!\\~$:"'{}\n\r]/);
      expect(inner).not.toMatch(/www\./i);
    }
  });

  test('a block is one line of source that shows all its lines', () => {
    expect(decoded(codeBlock('one\n\n</pre>\r\ntwo'))).toBe('<pre>one\n\n</pre>\ntwo</pre>');
    for (const text of fuzz(1000)) {
      const source = codeBlock(text);
      expect(source).not.toContain('\n');
      expect(source.slice(5, -6).replace(/&#\d+;/g, '')).not.toMatch(/[<>&]/);
    }
  });
});

describe('HTML and terminal', () => {
  test('no tag, attribute or reference survives', () => {
    for (const text of [...hostileTexts, ...fuzz(1000)]) {
      for (const escaped of [escapeHtml(text), escapeHtmlLines(text)]) {
        expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(/[<>"'`&]/);
      }
      expect(escapeLine(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
    }
  });

  test('the invisible is shown', () => {
    expect(escapeLine('a\u202Eb\u200Bc\u001b[0m')).toBe('a[U+202E]b[U+200B]c[U+001B][0m');
    expect(escapeLine('#1, a ###[set-output name=x]y')).toBe('#1, a [U+0023][U+0023][U+0023][set-output name=x]y');
    expect(escapeLine('x\ud800y')).toBe('x[U+D800]y');
    expect(escapeLine('z\u0301\u0301\u0301\u0301\u0301')).toBe('z\u0301\u0301\u0301…');
  });
});

test('long text loses its middle, not its ends', () => {
  const text = `${'a'.repeat(500)}/end.onnx`;
  expect(escapeLine(text, 30)).toMatch(/^a{20}…\w*\/end\.onnx$/);
  expect([...escapeLine(text, 30)]).toHaveLength(30);
  expect(escapeMarkdown('x'.repeat(1e6)).length).toBeLessThan(400);
});
