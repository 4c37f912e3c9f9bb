# SPDX-License-Identifier: MIT
"""Pictures in and out of files. In memory every picture is u8 `[H, W, 3]`, sRGB as stored, row 0 at the top."""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from lrisc_sdr.errors import ConfigurationError, InvalidPicture, MissingExtra
from lrisc_sdr.types import ByteArray

MIN_SIDE = 32
MAX_SIDE = 4096
# Formats whose decoders are part of Pillow. Others stay shut: its EPS reader, for one, runs Ghostscript.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "AVIF", "JPEG2000", "TIFF", "GIF", "BMP", "PPM", "TGA", "QOI")


def load(path: Path) -> ByteArray:
    """Reads a picture of any mode: grey, palette, CMYK, 16 bits a channel, transparent (over white), turned by EXIF.

    Of an animation it is the first frame. Colour profiles are not applied.

    Args:
        path: a file of one of `FORMATS`, 32×32 to 4096×4096.

    Returns:
        u8 `[H, W, 3]`.

    Raises:
        InvalidPicture: there is no such file, it is no picture, it is damaged, or it is too small or too large.
    """
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on damaged metadata, and on sizes that are checked here anyway
            with Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN]) as image:
                _check_size(path, *image.size)  # before anything is decoded
                image.load()
                pixels = np.asarray(_to_rgb(_upright(image)), dtype=np.uint8)
    except InvalidPicture:
        raise
    except FileNotFoundError as error:
        raise InvalidPicture(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise InvalidPicture(f"{path}: a folder, not a picture") from error
    except PermissionError as error:
        raise InvalidPicture(f"{path}: no permission to read it") from error
    except UnidentifiedImageError as error:
        raise InvalidPicture(f"{path}: not a picture of a known format ({', '.join(FORMATS)})") from error
    except Exception as error:  # decoders raise what they like on malformed files
        raise InvalidPicture(f"{path}: a damaged picture ({_one_line(error)})") from error
    return pixels


def save_png(path: Path, image: ByteArray) -> None:
    """Writes a picture so that the file is either whole or not there.

    Args:
        path: the PNG file; its folder exists.
        image: u8 `[H, W, 3]`.

    Raises:
        ConfigurationError: it cannot be written.
    """
    _write_png(path, Image.fromarray(np.ascontiguousarray(image)))


def side_by_side(path: Path, pictures: Sequence[tuple[str, ByteArray]]) -> None:
    """Writes one PNG with pictures in a row, each under its label.

    Args:
        path: the PNG file; its folder exists.
        pictures: labels, which may have several lines, and pictures u8 `[H, W, 3]`, which may differ in size.

    Raises:
        ConfigurationError: it cannot be written.
    """
    tallest = max(image.shape[0] for _, image in pictures)
    size = min(max(14, tallest // 28), 96)
    font = ImageFont.load_default(size)
    gap, line = size // 2, size * 5 // 4
    ruler = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    widths = [
        max(image.shape[1], *(int(ruler.textlength(text, font)) + 1 for text in label.split("\n")))
        for label, image in pictures
    ]
    head = line * max(label.count("\n") + 1 for label, _ in pictures) + gap
    figure = Image.new("RGB", (sum(widths) + gap * (len(pictures) + 1), head + tallest + gap), "white")
    draw = ImageDraw.Draw(figure)
    left = gap
    for (label, image), width in zip(pictures, widths, strict=True):
        for row, text in enumerate(label.split("\n")):
            draw.text((left, gap // 2 + row * line), text, fill="black", font=font)
        figure.paste(Image.fromarray(np.ascontiguousarray(image)), (left, head))
        left += width + gap
    _write_png(path, figure)


def default_picture() -> tuple[str, ByteArray]:
    """The picture that is sent when none is named: Chelsea the cat, 300×451, by Stéfan van der Walt, CC0.

    Returns:
        Its name and u8 `[300, 451, 3]`.

    Raises:
        MissingExtra: scikit-image, which carries it, is not installed.
    """
    package = importlib.util.find_spec("skimage")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "data" / "chelsea.png"
        if path.is_file():
            return path.stem, load(path)
    raise MissingExtra("scikit-image, which carries the picture to send,", "demo")


def _check_size(path: Path, width: int, height: int) -> None:
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        served = f"{MIN_SIDE}×{MIN_SIDE} to {MAX_SIDE}×{MAX_SIDE}"
        raise InvalidPicture(f"{path}: {width}×{height} pixels; {served} are served: scale or crop it")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - damaged EXIF, of which nothing but the orientation is of interest
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image).astype(np.float64) / 257)
    if image.mode == "I":  # 32 bits, which PNG and TIFF readers also use for 16
        values = np.asarray(image).astype(np.float64)
        return _grey(values / 257 if values.max() > 255 else values)
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=255)
        return _grey(values * 255 if values.max() <= 1 else values)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _grey(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Image.Image:
    """Grey values in 0 to 255 `[H, W]`."""
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8)).convert("RGB")


def _write_png(path: Path, image: Image.Image) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        try:
            image.save(part, format="PNG")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
