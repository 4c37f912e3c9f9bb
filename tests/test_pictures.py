# SPDX-License-Identifier: MIT
"""Pictures of every kind, damaged ones, and figures."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lrisc_sdr import pictures
from lrisc_sdr.errors import ConfigurationError, InvalidPicture
from lrisc_sdr.types import ByteArray


def gradient(height: int = 40, width: int = 51) -> ByteArray:
    """Rows differ in red, columns in green."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y * 255 // (height - 1), x * 255 // (width - 1), np.full_like(x, 90)], -1).astype(np.uint8)


@pytest.mark.parametrize("name", ["x.png", "x.bmp", "x.tiff", "x.ppm", "x.tga", "renamed.jpg"])
def test_lossless_formats_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    kind = "PNG" if name == "renamed.jpg" else None  # the content counts, not the name
    Image.fromarray(gradient()).save(tmp_path / name, kind)
    assert np.array_equal(pictures.load(tmp_path / name), gradient())


@pytest.mark.parametrize("name", ["x.jpg", "x.webp"])
def test_lossy_formats_come_close(tmp_path: Path, name: str) -> None:
    Image.fromarray(gradient()).save(tmp_path / name, quality=95)
    loaded = pictures.load(tmp_path / name)
    assert (loaded.dtype, loaded.shape) == (np.uint8, (40, 51, 3))
    assert np.abs(loaded.astype(int) - gradient()).mean() < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F", "YCbCr"])
def test_every_mode_of_a_grey_picture_is_that_grey(tmp_path: Path, mode: str) -> None:
    grey = np.zeros((40, 51), dtype=np.uint8)
    grey[:, 20:] = 255 if mode == "1" else 180
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        image = Image.fromarray(grey.astype(np.int32 if mode == "I" else np.float32) * (257 if mode == "I" else 1))
    else:
        image = Image.fromarray(grey).convert("RGB").convert(mode, palette=Image.Palette.ADAPTIVE)
    assert image.mode == mode
    path = tmp_path / ("x.tiff" if mode in ("CMYK", "I", "F", "YCbCr") else "x.png")
    image.save(path)
    assert np.abs(pictures.load(path).astype(int) - grey[..., None]).max() <= 1


def test_sixteen_bits_a_channel_in_colour(tmp_path: Path) -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 257 * 200, 257 * 100, 257 * 7) * 33 for _ in range(34))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 33, 34, 16, 2, 0, 0, 0))
    (tmp_path / "x.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    assert (pictures.load(tmp_path / "x.png") == [200, 100, 7]).all()


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    rgba = np.dstack([gradient(), np.full((40, 51), 255, np.uint8)])
    rgba[:10, :, 3] = 0
    rgba[10:20, :, 3] = 128
    Image.fromarray(rgba).save(tmp_path / "x.png")
    loaded = pictures.load(tmp_path / "x.png")
    assert (loaded[:10] == 255).all()
    assert np.abs(loaded[10:20] - (255 * 127 + gradient()[10:20].astype(float) * 128) / 255).max() <= 1
    assert np.array_equal(loaded[20:], gradient()[20:])


def test_a_palette_s_transparent_colour_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (40, 40), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(1, (0, 0, 20, 40))
    image.save(tmp_path / "x.gif", transparency=0)
    loaded = pictures.load(tmp_path / "x.gif")
    assert (loaded[:, :20] == [200, 100, 50]).all()
    assert (loaded[:, 20:] == 255).all()


@pytest.mark.parametrize(
    ("orientation", "undone"),
    [(1, lambda x: x), (2, np.fliplr), (3, lambda x: np.rot90(x, 2)), (4, np.flipud), (5, lambda x: x.swapaxes(0, 1)),
     (6, lambda x: np.rot90(x, -1)), (7, lambda x: np.rot90(x, 2).swapaxes(0, 1)), (8, np.rot90)],
)  # fmt: skip
def test_exif_orientation(tmp_path: Path, orientation: int, undone: object) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(gradient()).save(tmp_path / "x.png", exif=exif)
    assert callable(undone)
    assert np.array_equal(pictures.load(tmp_path / "x.png"), undone(gradient()))


@pytest.mark.parametrize("size", [(32, 32), (32, 4096), (33, 57), (511, 1)])
def test_the_limits_of_size(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.new("RGB", size, "red").save(tmp_path / "x.png")
    if min(size) < 32:
        with pytest.raises(InvalidPicture, match="511×1 pixels"):
            pictures.load(tmp_path / "x.png")
    else:
        assert pictures.load(tmp_path / "x.png").shape == (size[1], size[0], 3)


@pytest.mark.parametrize("size", [(4097, 40), (40, 4097), (60000, 60000), (2**31 - 1, 2**31 - 1)])
def test_large_pictures_are_refused_before_they_are_decoded(tmp_path: Path, size: tuple[int, int]) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x" * 99))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InvalidPicture, match=r"4096×4096 are served|decompression bomb"):
            pictures.load(tmp_path / "bomb.png")


@pytest.mark.parametrize("name", ["x.png", "x.jpg", "x.gif", "x.tiff", "x.webp", "x.bmp"])
def test_truncated_files_are_one_line(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    for length in (0, 3, 30, len(whole) // 2, len(whole) - 200):
        (tmp_path / name).write_bytes(whole[:length])
        with pytest.raises(InvalidPicture, match=name) as raised:
            pictures.load(tmp_path / name)
        assert "\n" not in str(raised.value)


def test_what_is_no_picture_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("hello")
    for path, message in (
        (tmp_path / "x.png", "not a picture"),
        (tmp_path / "none.png", "no such file"),
        (tmp_path, "a folder"),
    ):
        with pytest.raises(InvalidPicture, match=message):
            pictures.load(path)


def test_postscript_is_not_run(tmp_path: Path) -> None:
    Image.fromarray(gradient()).save(tmp_path / "x.eps")
    with pytest.raises(InvalidPicture, match="known format"):
        pictures.load(tmp_path / "x.eps")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_raise_anything_else(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["png", "jpg", "gif", "tiff", "webp"]))
    path = tmp_path / f"x.{kind}"
    Image.fromarray(gradient()).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        message, dimensions = "", pictures.load(path).ndim
    except InvalidPicture as error:
        message, dimensions = str(error), 3
    assert "\n" not in message
    assert dimensions == 3


def test_a_saved_picture_is_read_back(tmp_path: Path) -> None:
    pictures.save_png(tmp_path / "x.png", gradient())
    pictures.save_png(tmp_path / "x.png", gradient()[:, ::-1])  # replaces the first, from a view
    assert np.array_equal(pictures.load(tmp_path / "x.png"), gradient()[:, ::-1])
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Image.Image, file: Path, format: str) -> None:  # noqa: A002
        Path(file).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        pictures.save_png(tmp_path / "x.png", gradient())
    assert list(tmp_path.iterdir()) == []


def test_pictures_side_by_side(tmp_path: Path) -> None:
    large, small = gradient(70, 90), gradient(33, 35)
    pictures.side_by_side(tmp_path / "x.png", [("source", large), ("received, a longer label\nLPIPS 0.31", small)])
    figure = pictures.load(tmp_path / "x.png")

    def has(part: ByteArray) -> bool:
        windows = np.lib.stride_tricks.sliding_window_view(figure, part.shape)[:, :, 0]
        return bool((windows == part).all(axis=(2, 3, 4)).any())

    assert has(large)
    assert has(small)
    assert (figure < 60).all(axis=2).any(axis=0).sum() > 60  # black columns: the labels
    assert (figure[:, -3:] == 255).all()


def test_the_default_picture_is_a_natural_one() -> None:
    pytest.importorskip("skimage", reason="the default picture comes with scikit-image")
    name, picture = pictures.default_picture()
    assert (name, picture.dtype, picture.shape) == ("chelsea", np.uint8, (300, 451, 3))
    assert picture.std() > 20
