/** Where in ONNX Runtime's source an error was raised, as its messages put it: `/onnxruntime_src/onnxruntime/core/graph/model.cc:202 `. */
const sourcePlace = /(?:\b[A-Za-z]:)?[\\/][^\s:]*onnxruntime[^\s:]*\.(?:cc|cpp|h|hpp|cu|cuh):\d+\s+/g;
/** What may stand before the parameters of a C++ function: its result, template parameters, namespaces. */
const functionName = /^[\w\s:<>~,&*'[\].-]*::[\w\s:<>~,&*'[\].-]*$/;
const longestName = 300;

/** A message of ONNX Runtime without the places in its source and the C++ signatures that it puts before what it says. */
export function plainMessage(message: string): string {
  let plain = '';
  let from = 0;
  for (const { 0: place, index } of message.matchAll(sourcePlace)) {
    if (index < from) continue;
    plain += message.slice(from, index);
    from = index + place.length;
    from += signatureLength(message.slice(from));
  }
  return (plain + message.slice(from)).trim();
}

/** How much of a text is a C++ signature, or the bare name that Microsoft's compiler gives for one; 0 where it begins with none. */
function signatureLength(text: string): number {
  const open = text.indexOf('(');
  if (open < 0 || open > longestName || !functionName.test(text.slice(0, open))) {
    return /^(?:\w+::)+~?\w+\s+/.exec(text)?.[0].length ?? 0;
  }
  const end = closing(text, open);
  if (end === undefined) return 0;
  // A lambda within a function, a const method, a template's arguments.
  const lambda = /^::<lambda\(/.exec(text.slice(end));
  const lambdaEnd = lambda ? closing(text, end + lambda[0].length - 1) : undefined;
  const after = lambdaEnd === undefined ? end : text.indexOf('>', lambdaEnd) + 1;
  return after + (/^(?:\s+const\b)?(?:\s+\[with [^\]]*\])?\s*/.exec(text.slice(after))?.[0].length ?? 0);
}

/** The place behind the parenthesis that closes the one at `open`. */
function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}
