"""Writes images.json: what PIL and torchvision make of images that code generates.

Needs numpy, torchvision and Pillow before 13 (the stored vectors are of 11.3): since 13.0 `resize` begins with
whichever pass is cheaper, which moves some values by a grey level. Run from the repository's root:
    python test/vectors/make_image_vectors.py
"""

import base64
import hashlib
import io
import json
import pathlib
import zlib

import numpy as np
import torchvision.transforms as transforms
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def generated(width, height, channels, seed):
    """Gradients, edges and noise from integers only; test/data/pattern.ts is the same."""
    pixels = np.zeros((height, width, channels), np.uint8)
    state = seed
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (state * 1103515245 + 12345) % 2**31
                noise = (state >> 16) % 64
                edge = 128 if ((x // 7) + (y // 5) + c) % 2 else 0
                pixels[y, x, c] = (edge + noise + (x * 3 + y * 2) % 64) % 256
    return pixels


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def resizes():
    cases = []
    for channels in (1, 3):
        for width, height in ((61, 47), (40, 90)):
            pixels = generated(width, height, channels, 7)
            image = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
            for to in ((30, 20), (61, 20), (17, 47), (5, 3), (200, 130), (97, 11), (1, 1), (62, 48)):
                for name, resample in FILTERS.items():
                    out = np.asarray(image.resize(to, resample))
                    cases.append([channels, width, height, *to, name, digest(out)])
    return cases


def pipelines():
    cases = []
    for width, height in ((61, 47), (47, 61), (50, 50), (333, 77), (29, 30)):
        image = Image.fromarray(generated(width, height, 3, 11))
        for resize in (None, 32, 33, [40, 36]):
            for crop in (None, 24, 31, [20, 28], 45):
                if resize is None and crop is None:
                    continue
                steps = []
                if resize is not None:
                    steps.append(transforms.Resize(resize))
                if crop is not None:
                    steps.append(transforms.CenterCrop(crop))
                steps += [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
                tensor = transforms.Compose(steps)(image).numpy()
                cases.append([width, height, resize, crop, list(tensor.shape), digest(tensor)])
    return cases


ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def packed(row, depth):
    row = [int(value) for value in row]
    row += [0] * (-len(row) % (8 // depth))
    per = 8 // depth
    return bytes(sum(value << (8 - depth * (1 + at)) for at, value in enumerate(row[i : i + per])) for i in range(0, len(row), per))


def interlaced_png(values, depth, palette=None):
    """Pillow writes none: every pass with the filters none, sub and up in turn."""
    height, width = values.shape
    raw = b""
    for x0, y0, dx, dy in ADAM7:
        part = values[y0::dy, x0::dx]
        before = None
        for at, row in enumerate(part if part.size else []):
            line = packed(row, depth)
            other = [bytes(len(line)), bytes(1) + line[:-1], before or bytes(len(line))][at % 3]
            raw += bytes([at % 3]) + bytes((one - two) % 256 for one, two in zip(line, other))
            before = line

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([depth, 3 if palette else 0, 0, 0, 1])
    colours = chunk(b"PLTE", bytes(palette)) if palette else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colours + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def rle_bmp(values, bits, palette):
    """Pillow writes none: rows of runs, of single pixels, and cut short, then a step over a row and a half."""
    height, width = values.shape
    stream = b""
    for at, row in enumerate(values[::-1][: height - 2]):
        row = [int(value) for value in row]
        if at % 3 == 0:
            for x in range(0, width, 4):
                count = min(4, width - x)
                second = row[x + 1] if bits == 4 and count > 1 else row[x]
                stream += bytes([count, row[x] << 4 | second if bits == 4 else row[x]])
        elif at % 3 == 1:
            body = packed(row, bits)
            stream += bytes([0, width]) + body + bytes(len(body) % 2)
        else:
            stream += bytes([5, row[0] * 17 if bits == 4 else row[0]])
        stream += b"\0\0"
    stream += bytes([0, 2, width // 2, 1, width - width // 2, 0x11 if bits == 4 else 1, 0, 0, 0, 1])
    colours = b"".join(bytes([*palette[3 * i : 3 * i + 3][::-1], 0]) for i in range(len(palette) // 3))
    start = 54 + len(colours)
    fields = [40, width, height, 1 | bits << 16, {8: 1, 4: 2}[bits], len(stream), 0, 0, len(palette) // 3, 0]
    header = b"".join(field.to_bytes(4, "little") for field in fields)
    return b"BM" + (start + len(stream)).to_bytes(4, "little") + bytes(4) + start.to_bytes(4, "little") + header + colours + stream


def by_hand():
    values = generated(23, 17, 1, 3)[:, :, 0]
    palette = [*generated(16, 1, 3, 5).tobytes()]
    return {
        **{f"png-interlaced-gray-{depth}": interlaced_png(values >> (8 - depth), depth) for depth in (1, 2, 4)},
        **{f"png-interlaced-palette-{depth}": interlaced_png(values >> (8 - depth), depth, palette) for depth in (1, 2, 4)},
        "png-interlaced-3-wide": interlaced_png(values[:2, :3] >> 4, 4),
        "bmp-rle-8": rle_bmp(values >> 4, 8, palette),
        "bmp-rle-4": rle_bmp(values >> 4, 4, palette),
    }


def inks(photo):
    """JPEGs of four components. Pillow writes no YCCK, and always Adobe's marker."""
    red, green, blue = photo.split()
    image = Image.merge("CMYK", (red, green, blue, red.transpose(Image.Transpose.ROTATE_180)))
    files = {}
    for name, options in {
        "jpeg-cmyk": {},
        "jpeg-cmyk-420": dict(subsampling=2),
        "jpeg-cmyk-progressive": dict(progressive=True, subsampling=1),
        "jpeg-cmyk-restarts": dict(restart_marker_blocks=4),
    }.items():
        buffer = io.BytesIO()
        image.crop((0, 0, 37, 29)).save(buffer, "JPEG", quality=85, **options)
        files[name] = buffer.getvalue()
    plain = files["jpeg-cmyk"]
    at = plain.index(b"Adobe")
    files["jpeg-ycck"] = plain[: at + 11] + bytes([2]) + plain[at + 12 :]
    files["jpeg-cmyk-unmarked"] = plain[: at - 4] + plain[at + 12 :]
    return files


def vector(name, file):
    seen = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    return {
        "name": name,
        "file": b64(file),
        "width": seen.width,
        "height": seen.height,
        "rgb": b64(seen.tobytes()),
        "gray": digest(np.asarray(seen.convert("L"))),
    }


def files():
    rgb = generated(23, 17, 3, 3)
    # A photograph is smoother than the pattern: lossy codecs are asked for what they are made for.
    smooth = np.asarray(Image.fromarray(rgb).resize((6, 5), Image.Resampling.BOX).resize((40, 30), Image.Resampling.BICUBIC))
    alpha = np.dstack([rgb, generated(23, 17, 1, 5)])
    palette = Image.fromarray(rgb).quantize(13)
    small_palette = Image.fromarray(rgb).quantize(4)
    see_through = palette.copy()
    see_through.info["transparency"] = 2
    gray = Image.fromarray(rgb[:, :, 0])
    photo = Image.fromarray(smooth)
    cases = {
        "jpeg-420": (photo, "JPEG", dict(quality=85)),
        "jpeg-444": (photo, "JPEG", dict(quality=95, subsampling=0)),
        "jpeg-422-progressive": (photo, "JPEG", dict(quality=80, subsampling=1, progressive=True)),
        "jpeg-odd-size": (photo.crop((0, 0, 37, 29)), "JPEG", dict(quality=75)),
        "jpeg-gray": (photo.convert("L"), "JPEG", dict(quality=85)),
        "png-rgb": (Image.fromarray(rgb), "PNG", {}),
        "png-rgba": (Image.fromarray(alpha), "PNG", {}),
        "png-gray": (gray, "PNG", {}),
        "png-gray-alpha": (Image.fromarray(alpha[:, :, 2:]), "PNG", {}),
        "png-1-bit": (gray.convert("1"), "PNG", {}),
        "png-palette-8": (palette, "PNG", dict(bits=8)),
        "png-palette-4": (palette, "PNG", dict(bits=4)),
        "png-palette-2": (small_palette, "PNG", dict(bits=2)),
        "png-palette-transparent": (see_through, "PNG", {}),
        "webp-lossless": (Image.fromarray(rgb), "WEBP", dict(lossless=True)),
        "webp-lossless-alpha": (Image.fromarray(alpha), "WEBP", dict(lossless=True, exact=True)),
        "webp-lossy": (photo, "WEBP", dict(quality=80)),
        "bmp-24": (Image.fromarray(rgb), "BMP", {}),
        "bmp-palette": (palette, "BMP", {}),
        "bmp-gray": (gray, "BMP", {}),
        "bmp-1-bit": (gray.convert("1"), "BMP", {}),
    }
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        cases[f"jpeg-orientation-{orientation}"] = (photo, "JPEG", dict(quality=90, exif=exif))
    exif = Image.Exif()
    exif[0x0112] = 6
    cases["png-orientation-6"] = (Image.fromarray(rgb), "PNG", dict(exif=exif))
    cases["webp-orientation-8"] = (Image.fromarray(rgb), "WEBP", dict(exif=exif, lossless=True))
    result = []
    for name, (image, kind, options) in cases.items():
        buffer = io.BytesIO()
        image.save(buffer, kind, **options)
        result.append(vector(name, buffer.getvalue()))
    result += [vector(name, file) for name, file in {**by_hand(), **inks(photo)}.items()]
    deep = io.BytesIO()
    high = generated(9, 7, 1, 9)[:, :, 0].astype(np.uint16)
    Image.fromarray(high * 256 + 77).save(deep, "PNG")
    indices = io.BytesIO()
    palette.save(indices, "PNG", bits=4)
    return result, {

        "png16": {"file": b64(deep.getvalue()), "width": 9, "height": 7, "gray": b64(high.astype(np.uint8).tobytes())},
        "indices": {"file": b64(indices.getvalue()), "values": b64(np.asarray(palette).tobytes())},
    }


decoded, special = files()
vectors = {"resize": resizes(), "pipeline": pipelines(), "files": decoded, "special": special}
lines = ",\n".join(f'"{key}": {json.dumps(value, separators=(",", ":"))}' for key, value in vectors.items())
(HERE / "images.json").write_text("{\n" + lines + "\n}\n")
