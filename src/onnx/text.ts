import { configureTextEncoding } from '@bufbuild/protobuf/wire';

/**
 * Strings of a proto2 file are not checked to be UTF-8, and exporters do write doc strings that are cut in the middle of
 * a character. So that such a string comes back byte for byte, a byte that is not UTF-8 becomes the lone surrogate
 * U+DC00 + byte and is turned back on writing (the scheme of PEP 383).
 */
const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

export function encodeText(text: string): Uint8Array {
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] as number);
    const part = bytes.subarray(at, at + length);
    let decoded: string | undefined;
    if (length > 0 && part.length === length) {
      try {
        decoded = strict.decode(part);
      } catch {
        decoded = undefined;
      }
    }
    if (decoded === undefined) {
      text += String.fromCharCode(ESCAPE + (bytes[at] as number));
      at += 1;
    } else {
      text += decoded;
      at += length;
    }
  }
  return text;
}

/** Length of the UTF-8 sequence that starts with this byte, or 0 where no sequence can. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

configureTextEncoding({
  encodeUtf8: encodeText as (text: string) => Uint8Array<ArrayBuffer>,
  decodeUtf8: decodeText,
  checkUtf8: (text) => !LONE_SURROGATE.test(text),
});
