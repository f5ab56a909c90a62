/** A component of a frame (T.81, B.2.2). */
interface Component {
  id: number;
  /** Blocks of it in a unit of the image, across and down. */
  across: number;
  down: number;
  /** Its quantization table. */
  table: number;
}

/** A component of a scan, with the numbers of its tables for the first and for the other coefficients, of 4 bits each. */
type Scanned = [component: Component, tables: number];

/** Huffman codes of one table: symbol by length and code. */
type Codes = ReadonlyMap<number, number>;

/** A JPEG of four components as two that any decoder takes. */
export interface TwoFiles {
  /** The first three components, as RGB, or YCbCr where `isTransformed`. */
  colours: Uint8Array;
  /** The last, as the red of an RGB image. */
  black: Uint8Array;
  isTransformed: boolean;
}

/** Of an image whose colours follow as they are, or turned from RGB into YCbCr (Adobe, Technical Note 5116). */
const adobeMarker = (transform: number) =>
  Uint8Array.of(0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform);
/** A number of Huffman tables that hardly any file uses. */
const fillerTable = 3;
/** Of one code of one bit each, 0: nothing else than in the block before, no further coefficient. */
const fillerTables = Uint8Array.from(
  [0x00, 0x10].flatMap((kind) => [0xff, 0xc4, 0, 20, kind | fillerTable, 1, ...Array<number>(15).fill(0), 0]),
);

/**
 * Takes a JPEG of four components (CMYK, or YCCK) apart, which decoders for the web refuse. The codes of each block are copied bit by
 * bit, so that its pixels are those of the file. Two empty components stand beside the last, one of them as fine as the finest of
 * the file, so that it is enlarged as there.
 *
 * Source: ITU-T T.81, annexes B, F and G.
 *
 * @throws Error where the data is damaged, or arranged as no usual encoder does
 */
export function takeApart(bytes: Uint8Array): TwoFiles {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const colours: Uint8Array[] = [];
  const black: Uint8Array[] = [];
  const codes = new Map<number, Codes>();
  let frame: Frame | undefined;
  let interval = 0;
  let isTransformed = false;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1]!;
    // Bytes may stand between segments, all ones before a marker.
    if (bytes[at] !== 0xff || marker === 0xff || marker === 0) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) break;
    const end = at + 2 + view.getUint16(at + 2);
    const segment = bytes.subarray(at, end);
    at = end;
    if (marker === 0xee && Buffer.from(segment.subarray(4, 9)).equals(Buffer.from('Adobe')))
      isTransformed = segment[15] === 2;
    if (marker === 0xdd) interval = (segment[4]! << 8) | segment[5]!;
    if (marker === 0xc4) for (const [table, read] of readCodes(segment)) codes.set(table, read);
    if (marker === 0xdb || marker === 0xdd || marker === 0xc4) for (const part of [colours, black]) part.push(segment);
    if (marker >= 0xc0 && marker <= 0xc2) {
      frame = readFrame(segment);
      colours.push(frameHeader(segment, frame.components.slice(0, 3)));
      black.push(frameHeader(segment, [frame.black, ...frame.fillers]));
    }
    if (marker !== 0xda || !frame) continue;
    const { parts, next } = scanData(bytes, end);
    at = next;
    const scanned = readScan(segment, frame.components);
    const isBlack = scanned.map(([component]) => component === frame!.black);
    if (scanned.length === 4) {
      const split = splitScan(parts, segment.at(-1)!, { frame, scanned, interval, codes });
      colours.push(
        scanHeader(
          segment,
          scanned.filter((_, i) => !isBlack[i]),
        ),
        split.colours,
      );
      const filled = frame.fillers.map((filler): Scanned => [filler, (fillerTable << 4) | fillerTable]);
      black.push(fillerTables, scanHeader(segment, [scanned[isBlack.indexOf(true)]!, ...filled]), split.black);
    } else if (!isBlack.includes(true)) colours.push(segment, bytes.subarray(end, next));
    else if (scanned.length === 1) black.push(segment, bytes.subarray(end, next));
    else throw new Error('its components lie in scans that are not supported');
  }
  const whole = (transform: number, body: Uint8Array[]) =>
    Buffer.concat([Uint8Array.of(0xff, 0xd8), adobeMarker(transform), ...body, Uint8Array.of(0xff, 0xd9)]);
  return { colours: whole(isTransformed ? 1 : 0, colours), black: whole(0, black), isTransformed };
}

interface Frame {
  /** Whether coefficients come in several scans, from coarse to fine. */
  isProgressive: boolean;
  /** Units of the image, each of 8 times the largest factors. */
  units: number;
  components: Component[];
  black: Component;
  /** What stands beside the black. */
  fillers: [Component, Component];
}

function readFrame(segment: Uint8Array): Frame {
  const components = Array.from({ length: 4 }, (_, i): Component => {
    const [id, factors, table] = segment.subarray(10 + 3 * i, 13 + 3 * i) as unknown as [number, number, number];
    return { id, across: factors >> 4, down: factors & 15, table };
  });
  if (components.some(({ across, down }) => across === 0 || down === 0))
    throw new Error('its sampling factors are damaged');
  const largest = (of: readonly Component[]) =>
    [Math.max(...of.map(({ across }) => across)), Math.max(...of.map(({ down }) => down))] as const;
  const [across, down] = largest(components);
  if (String(largest(components.slice(0, 3))) !== String([across, down]))
    throw new Error('its black is finer than its colours, which is not supported');
  const size = (high: number, factor: number) => Math.ceil(((segment[high]! << 8) | segment[high + 1]!) / (8 * factor));
  const black = components[3]!;
  const filler = (other: number) => ({ ...black, id: (black.id + other) & 0xff });
  return {
    isProgressive: segment[1] === 0xc2,
    units: size(7, across) * size(5, down),
    components,
    black,
    fillers: [
      { ...filler(1), across, down },
      { ...filler(2), across: 1, down: 1 },
    ],
  };
}

function frameHeader(like: Uint8Array, components: readonly Component[]): Uint8Array {
  const each = components.flatMap(({ id, across, down, table }) => [id, (across << 4) | down, table]);
  return Uint8Array.of(0xff, like[1]!, 0, 8 + each.length, ...like.subarray(4, 9), components.length, ...each);
}

function readScan(segment: Uint8Array, components: readonly Component[]): Scanned[] {
  return Array.from({ length: segment[4]! }, (_, i): Scanned => {
    const component = components.find(({ id }) => id === segment[5 + 2 * i]);
    if (!component) throw new Error('a scan names a component that the frame has not');
    return [component, segment[6 + 2 * i]!];
  });
}

function scanHeader(like: Uint8Array, scanned: readonly Scanned[]): Uint8Array {
  const each = scanned.flatMap(([{ id }, tables]) => [id, tables]);
  return Uint8Array.of(0xff, 0xda, 0, 6 + each.length, scanned.length, ...each, ...like.subarray(-3));
}

function* readCodes(segment: Uint8Array): Generator<[table: number, codes: Codes]> {
  for (let at = 4; at + 17 <= segment.length; ) {
    const table = segment[at]!;
    const codes = new Map<number, number>();
    let [code, from] = [0, at + 17];
    for (let length = 1; length <= 16; length++, code <<= 1) {
      for (let count = segment[at + length]!; count > 0; count--) codes.set((length << 16) | code++, segment[from++]!);
    }
    at = from;
    yield [table, codes];
  }
}

/** The data of a scan, without stuffed bytes, by what lies between restart markers; and where the next segment begins. */
function scanData(bytes: Uint8Array, from: number): { parts: Uint8Array[]; next: number } {
  const parts: Uint8Array[] = [];
  let part: number[] = [];
  for (let at = from; ; at++) {
    const marker = bytes[at] === 0xff ? bytes[at + 1] : 0;
    const isRestart = marker !== undefined && marker >= 0xd0 && marker <= 0xd7;
    if (at >= bytes.length || (marker !== 0 && marker !== 0xff && !isRestart)) {
      parts.push(Uint8Array.from(part));
      return { parts, next: at };
    }
    if (isRestart) {
      parts.push(Uint8Array.from(part));
      part = [];
    } else if (marker !== 0xff) part.push(bytes[at]!);
    if (isRestart || (bytes[at] === 0xff && marker === 0)) at++;
  }
}

/** The blocks of a scan of all four components, dealt out. @param approximation the scan's last byte */
function splitScan(
  parts: readonly Uint8Array[],
  approximation: number,
  {
    frame,
    scanned,
    interval,
    codes,
  }: { frame: Frame; scanned: Scanned[]; interval: number; codes: ReadonlyMap<number, Codes> },
): { colours: Uint8Array; black: Uint8Array } {
  const { black, fillers, isProgressive } = frame;
  const isRefined = isProgressive && approximation >> 4 > 0;
  const filling = (isProgressive ? 1 : 2) * fillers.reduce((sum, { across, down }) => sum + across * down, 0);
  const writers = { colours: new BitWriter(), black: new BitWriter() };
  for (const [number, part] of parts.entries()) {
    const reader = new BitReader(part);
    const units = interval > 0 ? Math.min(interval, frame.units - number * interval) : frame.units;
    for (let unit = 0; unit < units; unit++) {
      for (const [component, tables] of scanned) {
        const to = component === black ? writers.black : writers.colours;
        for (let left = component.across * component.down; left > 0; left--) {
          if (isRefined) reader.copy(1, to);
          else reader.copy(reader.symbol(codes.get(tables >> 4), to), to);
          if (!isProgressive) copyRest(reader, codes.get(0x10 | (tables & 15)), to);
        }
      }
      for (let left = filling; left > 0; left--) writers.black.put(0);
    }
    for (const writer of Object.values(writers))
      writer.end(number < parts.length - 1 ? 0xd0 | (number & 7) : undefined);
  }
  return { colours: writers.colours.bytes, black: writers.black.bytes };
}

/** All coefficients of a block but the first (T.81, F.1.2.2). */
function copyRest(reader: BitReader, codes: Codes | undefined, to: BitWriter): void {
  for (let at = 1; at < 64; at++) {
    const symbol = reader.symbol(codes, to);
    const [zeros, bits] = [symbol >> 4, symbol & 15];
    if (bits === 0 && zeros < 15) return;
    at += zeros;
    reader.copy(bits, to);
  }
}

/** Reads bits and writes each to where it belongs. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  copy(count: number, to: BitWriter): void {
    for (let left = count; left > 0; left--) this.#bit(to);
  }

  symbol(codes: Codes | undefined, to: BitWriter): number {
    for (let length = 1, code = 0; length <= 16; length++) {
      code = (code << 1) | this.#bit(to);
      const symbol = codes?.get((length << 16) | code);
      if (symbol !== undefined) return symbol;
    }
    throw new Error('it holds a code that is in no table');
  }

  #bit(to: BitWriter): number {
    const byte = this.#bytes[this.#at >> 3];
    if (byte === undefined) throw new Error('its data ends early');
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    to.put(bit);
    return bit;
  }
}

/** Bits as JPEG writes them: a byte of all ones has a 0 behind it. */
class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #count = 0;

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  put(bit: number): void {
    this.#byte = (this.#byte << 1) | bit;
    this.#count += 1;
    if (this.#count < 8) return;
    this.#bytes.push(this.#byte);
    if (this.#byte === 0xff) this.#bytes.push(0);
    [this.#byte, this.#count] = [0, 0];
  }

  /** Fills the last byte with ones. @param marker that follows */
  end(marker: number | undefined): void {
    while (this.#count > 0) this.put(1);
    if (marker !== undefined) this.#bytes.push(0xff, marker);
  }
}
