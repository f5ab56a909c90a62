/** An 8-bit image, row-major, channels interleaved: 1 is grey (or the class indices of a mask), 3 is red, green, blue. */
export interface Pixels {
  width: number;
  height: number;
  channels: 1 | 3;
  data: Uint8Array;
}

/** Three quarters of a gigabyte in colour; what pretends to be larger is a mistake or an attack. */
export const mostPixels = 2 ** 28;

/** Drops the alpha channel, as PIL's `convert('RGB')` does: colours under transparency stay what the file says. */
export function dropAlpha(width: number, height: number, rgba: Uint8Array | Uint8ClampedArray): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!;
    data[to + 1] = rgba[from + 1]!;
    data[to + 2] = rgba[from + 2]!;
  }
  return { width, height, channels: 3, data };
}

/** ITU-R 601 luma in 16-bit fixed point, bit for bit PIL's `convert('L')`. */
export function toGray(pixels: Pixels): Pixels {
  if (pixels.channels === 1) return pixels;
  const { width, height, data: rgb } = pixels;
  const data = new Uint8Array(width * height);
  for (let from = 0, to = 0; to < data.length; from += 3, to++) {
    data[to] = (rgb[from]! * 19595 + rgb[from + 1]! * 38470 + rgb[from + 2]! * 7471 + 0x8000) >> 16;
  }
  return { width, height, channels: 1, data };
}

/** The same grey in three channels. */
export function toRgb(pixels: Pixels): Pixels {
  if (pixels.channels === 3) return pixels;
  const { width, height, data: gray } = pixels;
  const data = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < gray.length; from++, to += 3) data.fill(gray[from]!, to, to + 3);
  return { width, height, channels: 3, data };
}

/**
 * Turns an image the way its EXIF orientation (1 to 8) says it is to be seen.
 *
 * Source: Exif 2.32, 4.6.4, tag 0x0112; the same as PIL's `ImageOps.exif_transpose`.
 */
export function orient(pixels: Pixels, orientation: number): Pixels {
  if (orientation < 2 || orientation > 8) return pixels;
  const { width: w, height: h, channels, data: from } = pixels;
  const swapped = orientation >= 5;
  const width = swapped ? h : w;
  const height = swapped ? w : h;
  const data = new Uint8Array(from.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = swapped ? [y, x] : [x, y];
      const sourceX = [2, 3, 7, 8].includes(orientation) ? w - 1 - column : column;
      const sourceY = [3, 4, 6, 7].includes(orientation) ? h - 1 - row : row;
      const at = (sourceY * w + sourceX) * channels;
      for (let channel = 0; channel < channels; channel++) data[to++] = from[at + channel]!;
    }
  }
  return { width, height, channels, data };
}
