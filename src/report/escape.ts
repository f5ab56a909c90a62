/**
 * The one place where text that others wrote (paths, node names, labels, policy text, error messages) becomes part of
 * Markdown, HTML or a terminal line. Everything that is not ours goes through here.
 *
 * Markdown: punctuation becomes numeric character references, which CommonMark never takes for structure (section 2.5),
 * so that no pipe, backtick, bracket, HTML tag or line break of theirs means anything. GitHub then looks for @mentions,
 * #references, links and :emoji: in the finished text, where a reference is a plain character again: a zero-width space
 * of ours parts them. In `<code>` and `<pre>` GitHub does not look, and names stay exact for copying.
 */

const defaultLength = 300;

/** Text within a Markdown paragraph or table cell. */
export function escapeMarkdown(text: string, length = defaultLength): string {
  const parted = clip(visible(text).trim(), length)
    .replace(/^(\d+)(?=[.)](?:\s|$))/, `$1${apart}`)
    .replace(/^-(?=\s|-|$)/, `${apart}-`)
    .replace(/@(?=\S)/g, `@${apart}`)
    .replace(/#(?=[0-9A-Za-z])/g, `#${apart}`)
    .replace(/GH-(?=\d)/gi, (prefix) => prefix + apart)
    .replace(/:(?=\/\/)/g, `:${apart}`)
    .replace(/www\./gi, (prefix) => `${prefix.slice(0, -1)}${apart}.`)
    .replace(/:(?=[A-Za-z0-9_+-]+:)/g, `:${apart}`)
    .replace(/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b/gi, (hex) => hex.replace(/.{6}(?=.)/g, `$&${apart}`));
  return references(parted);
}

/** A name as inline code, in a Markdown paragraph or table cell; never empty, so that a cell is seen to hold something. */
export function codeSpan(text: string, length = defaultLength): string {
  return `<code>${references(clip(visible(text), length)) || '&#32;'}</code>`;
}

/** Several lines as a preformatted block of Markdown; stands on lines of its own. */
export function codeBlock(text: string, length = 4000): string {
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => visible(line));
  // A reference for the line break: a blank line within would end an HTML block that a list or quote holds.
  return `<pre>${clip(lines.join('\n'), length).split('\n').map(references).join('&#10;')}</pre>`;
}

/** Text or an attribute's value in HTML. */
export function escapeHtml(text: string, length = defaultLength): string {
  return clip(visible(text), length).replace(/[&<>"'`]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Several lines in HTML, for a `<pre>`. */
export function escapeHtmlLines(text: string, length = 4000): string {
  return text
    .slice(0, length * 2)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => escapeHtml(line, length))
    .join('\n')
    .slice(0, length * 8);
}

/**
 * One line on a terminal or in a log: no control sequences, no line breaks, and no `##[command]`, which GitHub's runner
 * obeys anywhere in a line (https://github.com/actions/runner, ActionCommand.cs).
 */
export function escapeLine(text: string, length = defaultLength): string {
  return clip(visible(text), length).replace(/#{2,}(?=\[)/g, (signs) => '[U+0023]'.repeat(signs.length));
}

/** Parts what GitHub would link; U+200B. Written as a character so that `references` leaves it alone. */
const apart = '\u200B';

/**
 * Nothing invisible: line breaks and tabs become spaces; control, bidirectional, zero-width and otherwise blank
 * characters become their code point in brackets, and so do combining marks beyond the third on one letter.
 */
function visible(text: string): string {
  if (/^[ -~]*$/.test(text) && text.length < 20_000) return text;
  const most = 20_000;
  const some = text.length > most ? text.slice(0, most / 2) + text.slice(-most / 2) : text;
  return some
    .replace(/\r\n|[\n\r\t\v\f\u0085\u2028\u2029]/g, ' ')
    .replace(unseen, (character) => `[U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/(\p{M}{3})\p{M}+/gu, '$1…');
}

// Cc controls, Cf formats (bidi, zero-width, soft hyphen, tags), Cs lone surrogates, Cn unassigned, Co private use,
// variation selectors, and letters and spaces that show nothing.
const unseen =
  /\p{Cc}|\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}|\u034F|[\u115F\u1160]|\u17B4|\u17B5|[\u2800\u3164\uFFA0]|[\u180B-\u180F]|[\uFE00-\uFE0E]|[\u{E0100}-\u{E01EF}]/gu;

/** ASCII punctuation as numeric references, but for the few characters that mean nothing anywhere. */
function references(text: string): string {
  return text
    .replace(/[!-/:-@[-`{-~]/g, (character) => (harmless.has(character) ? character : `&#${character.codePointAt(0)};`))
    .replace(/www\./gi, (prefix) => `${prefix.slice(0, -1)}&#46;`); // GitHub links it even within <code>
}

// `1.`, `1)` and `-` make lists at the start of a line only: `escapeMarkdown` parts them there.
const harmless = new Set([',', '.', '/', '-', '%', '(', ')', ';', '?']);

/** At most `length` characters; the end of a path or a node's name says more than its middle, so that goes. */
function clip(text: string, length: number): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const tail = Math.floor((length - 1) / 3);
  return `${characters.slice(0, length - 1 - tail).join('')}…${tail > 0 ? characters.slice(-tail).join('') : ''}`;
}
