# SPDX-License-Identifier: MIT
"""The best picture within so many bytes, with the image codecs that Pillow and pillow-heif bring.

A packed picture is one byte, s·64 + q, and the file without the bytes that both ends know: q is the quality, and s says
that the picture was halved s times before. Where bytes are scarce a smaller picture of better quality is closer to the
original, and below each codec's lowest quality it is the only way.
"""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image, features

from lrisc_sdr.baselines import containers
from lrisc_sdr.errors import ConfigurationError, InvalidPicture, MissingExtra
from lrisc_sdr.types import ByteArray

_HALVINGS = 4
_LEAST_SIDE = 8
_CLEAR_QUALITY = 12
"""From here up a smaller picture was not nearer where it was tried: HEIF, WebP, JPEG 2000, one or two photographs."""
_REMEMBERED_FILES = 2048


@dataclass(frozen=True)
class ImageCodec:
    """A codec at one setting of everything but its quality.

    Attributes:
        name: as in a system's name.
        steps: qualities, from 0, the lowest, to steps − 1; at most 64.
        write: u8 `[H, W, 3]` and a quality to a file's bytes.
        read: a file's bytes to u8 `[H, W, 3]`.
        layout: which of a file's bytes follow from its template.
    """

    name: str
    steps: int
    write: Callable[[ByteArray, int], bytes]
    read: Callable[[bytes], ByteArray]
    layout: containers.Layout
    _files: OrderedDict[tuple[bytes, int], bytes] = field(default_factory=OrderedDict, repr=False, compare=False)

    def pack(self, image: ByteArray, n_bytes: int) -> bytes:
        """Return the packed picture of at most n_bytes that is nearest to u8 `[H, W, 3]` in mean square.

        Within each size the quality is found by bisection, taking files to grow with it.

        Raises:
            ConfigurationError: not even the lowest quality of the smallest size fits.
            MissingExtra: the codec is not installed.
        """
        best, least_error = b"", np.inf
        for halvings in range(_HALVINGS):
            small = _shrink(image, halvings)
            if min(small.shape[:2]) < _LEAST_SIDE:
                break
            packed = self._within(small, halvings, n_bytes)
            if packed is None:
                continue
            difference = self.unpack(packed, *image.shape[:2]).astype(np.float32) - image
            error = float(np.mean(difference**2))
            if error >= least_error:
                break
            best, least_error = packed, error
            if packed[0] & 63 >= _CLEAR_QUALITY:
                break
        if not best:
            raise ConfigurationError(
                f"this picture does not fit {n_bytes} bytes with {self.name}: ask for a higher CBR"
            )
        return best

    def unpack(self, packed: bytes, height: int, width: int) -> ByteArray:
        """Return u8 `[height, width, 3]` from a packed picture.

        Raises:
            InvalidPicture: it is not one of that size.
            MissingExtra: the codec is not installed.
        """
        try:
            quality, halvings = packed[0] & 63, packed[0] >> 6
            grey = np.full((-(-height >> halvings), -(-width >> halvings), 3), 128, dtype=np.uint8)
            image = self.read(containers.restore(packed[1:], self._file(grey, quality), self.layout))
        except MissingExtra:
            raise
        except Exception as error:  # decoders raise what they like on malformed files
            raise InvalidPicture(f"the received bytes are no {self.name} picture: send it again") from error
        if image.shape != grey.shape:
            raise InvalidPicture(f"a picture of {image.shape[:2]} came where {grey.shape[:2]} was announced")
        if not halvings:
            return image
        return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS), dtype=np.uint8)

    def _within(self, image: ByteArray, halvings: int, n_bytes: int) -> bytes | None:
        """The best quality at one size, or None if none fits."""
        fits, tooth = -1, self.steps
        best = None
        while tooth - fits > 1:
            quality = (fits + tooth) // 2
            packed = bytes([halvings << 6 | quality]) + self._stripped(image, quality)
            if len(packed) <= n_bytes:
                fits, best = quality, packed
            else:
                tooth = quality
        return best

    def _stripped(self, image: ByteArray, quality: int) -> bytes:
        grey = np.full_like(image, 128)
        return containers.strip(self._file(image, quality), self._file(grey, quality), self.layout)

    def _file(self, image: ByteArray, quality: int) -> bytes:
        """A file, remembered: neighbouring budgets ask for the same qualities."""
        digest = hashlib.blake2b(image.tobytes(), person=b"%d %d" % image.shape[:2], digest_size=16)
        key = (digest.digest(), quality)
        if key not in self._files:
            self._files[key] = self.write(image, quality)
            if len(self._files) > _REMEMBERED_FILES:
                self._files.popitem(last=False)
        self._files.move_to_end(key)
        return self._files[key]


def _shrink(image: ByteArray, halvings: int) -> ByteArray:
    if not halvings:
        return image
    size = (-(-image.shape[1] >> halvings), -(-image.shape[0] >> halvings))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS), dtype=np.uint8)


def _save(image: ByteArray, form: str, feature: str, **settings: object) -> bytes:
    if not features.check(feature):
        raise MissingExtra(f"Pillow with {form}", "digital")
    file = io.BytesIO()
    Image.fromarray(image).save(file, form, **settings)
    return file.getvalue()


def _pillow(form: str) -> Callable[[bytes], ByteArray]:
    def read(file: bytes) -> ByteArray:
        with Image.open(io.BytesIO(file), formats=[form]) as image:
            return np.asarray(image.convert("RGB"), dtype=np.uint8)

    return read


def _write_avif(image: ByteArray, quality: int) -> bytes:
    """libaom's 64 quantisers, coarsest first; tuned for PSNR, one thread: the same file on every machine."""
    return _save(
        image,
        "AVIF",
        "avif",
        quality=round(quality * 100 / 63),
        speed=4,
        subsampling="4:2:0",
        max_threads=1,
        advanced={"tune": "psnr"},
    )


def _write_webp(image: ByteArray, quality: int) -> bytes:
    return _save(image, "WEBP", "webp", quality=round(quality * 100 / 63), method=6, exif=b"", icc_profile=b"", xmp=b"")


def _write_jpeg2000(image: ByteArray, quality: int) -> bytes:
    """Rates from 512:1 to 8:1, sixteen to an octave and a half; the 9/7 wavelet, colours turned to luma and chroma."""
    levels = min(6, int(np.log2(min(image.shape[:2]))))
    return _save(
        image,
        "JPEG2000",
        "jpg_2000",
        quality_mode="rates",
        quality_layers=[512.0 * 2.0 ** (-quality / 10.5)],
        irreversible=True,
        mct=1,
        no_jp2=True,
        num_resolutions=levels,
    )


def _write_heif(image: ByteArray, quality: int) -> bytes:
    """x265, intra, QP 50 − quality, tuned for PSNR."""
    heif = _pillow_heif()
    file = io.BytesIO()
    settings = {"preset": "slow", "tune": "psnr"}
    heif.from_pillow(Image.fromarray(image)).save(file, quality=2 * quality, chroma=420, enc_params=settings)
    return file.getvalue()


def _read_heif(file: bytes) -> ByteArray:
    return np.asarray(_pillow_heif().open_heif(file).to_pillow().convert("RGB"), dtype=np.uint8)


def _pillow_heif() -> Any:
    try:
        import pillow_heif
    except ImportError as error:
        raise MissingExtra("pillow-heif", "digital") from error
    return pillow_heif


IMAGE_CODECS: Mapping[str, ImageCodec] = MappingProxyType(
    {
        codec.name: codec
        for codec in (
            ImageCodec("avif", 64, _write_avif, _pillow("AVIF"), containers.avif),
            ImageCodec("heif", 51, _write_heif, _read_heif, containers.heif),
            ImageCodec("webp", 64, _write_webp, _pillow("WEBP"), containers.webp),
            ImageCodec("jpeg2000", 64, _write_jpeg2000, _pillow("JPEG2000"), containers.jpeg2000),
        )
    }
)
"""Every codec by its name."""


def image_codec(name: str) -> ImageCodec:
    """The codec of that name.

    Raises:
        ConfigurationError: there is none.
    """
    if name not in IMAGE_CODECS:
        raise ConfigurationError(f"no image codec is called {name!r}: there are {', '.join(IMAGE_CODECS)}")
    return IMAGE_CODECS[name]
