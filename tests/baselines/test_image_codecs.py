# SPDX-License-Identifier: MIT
"""Image codecs: never a byte too many, what is cut off comes back, and missing ones say so."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lrisc_sdr.baselines import containers
from lrisc_sdr.baselines.image_codecs import IMAGE_CODECS
from lrisc_sdr.errors import ConfigurationError, InvalidPicture, LriscError, MissingExtra
from lrisc_sdr.evaluation.pixels import psnr_db
from lrisc_sdr.types import ByteArray
from tests.conftest import smooth_pictures


@pytest.fixture(scope="module")
def image() -> ByteArray:
    """u8 `[90, 121, 3]`: no side is a multiple of anything."""
    return np.ascontiguousarray(smooth_pictures(1)[0].transpose(1, 2, 0)[:90, :121])


@pytest.fixture(params=sorted(IMAGE_CODECS))
def codec(request: pytest.FixtureRequest) -> str:
    if request.param == "heif":
        pytest.importorskip("pillow_heif", reason="the extra `digital` is not installed")
    return str(request.param)


def test_more_bytes_make_a_better_picture_and_none_is_exceeded(codec: str, image: ByteArray) -> None:
    quality = []
    for n_bytes in (150, 600, 2400):
        packed = IMAGE_CODECS[codec].pack(image, n_bytes)
        assert len(packed) <= n_bytes
        quality.append(psnr_db(IMAGE_CODECS[codec].unpack(packed, *image.shape[:2]), image))
    assert quality[0] > 15
    assert quality[1] > quality[0] + 1
    assert quality[2] > quality[1] + 1


def test_files_are_put_together_as_they_were(codec: str, image: ByteArray) -> None:
    chosen = IMAGE_CODECS[codec]
    for quality in (0, 20, chosen.steps - 1):
        file, template = chosen.write(image, quality), chosen.write(np.full_like(image, 128), quality)
        body = containers.strip(file, template, chosen.layout)
        assert len(body) < len(file) - 25
        assert containers.restore(body, template, chosen.layout) == file


def test_headers_that_do_not_follow_from_the_size_are_noticed(codec: str, image: ByteArray) -> None:
    chosen = IMAGE_CODECS[codec]
    other = chosen.write(np.full((64, 64, 3), 128, dtype=np.uint8), 20)
    with pytest.raises(LriscError, match="headers"):
        containers.strip(chosen.write(image, 20), other, chosen.layout)


def test_too_few_bytes_are_refused(codec: str, image: ByteArray) -> None:
    with pytest.raises(ConfigurationError, match="higher CBR"):
        IMAGE_CODECS[codec].pack(image, 3)


def test_garbage_is_no_picture(codec: str) -> None:
    for packed in (b"", b"\x14", b"\x14" + bytes(range(200))):
        try:
            picture = IMAGE_CODECS[codec].unpack(packed, 64, 64)
        except InvalidPicture:
            continue
        assert picture.shape == (64, 64, 3)  # some decoders make a picture of anything


def test_a_missing_plugin_names_its_extra(monkeypatch: pytest.MonkeyPatch, image: ByteArray) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtra, match=r"lrisc-sdr\[digital\]"):
        IMAGE_CODECS["heif"].pack(image[:80], 500)
    monkeypatch.setattr("PIL.features.check", lambda name: False)
    with pytest.raises(MissingExtra, match=r"lrisc-sdr\[digital\]"):
        IMAGE_CODECS["avif"].pack(image[:80], 500)
