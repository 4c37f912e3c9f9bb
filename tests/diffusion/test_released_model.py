# SPDX-License-Identifier: MIT
"""The models that come with the package keep what their cards promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.evaluation import metrics
from lrisc_sdr.packaged_models import MODELS, WEIGHTS, packaged_names, remedy
from lrisc_sdr.pictures import default_picture, load
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedLatents

KODAK = ("kodim03.png", "kodim09.png", "kodim15.png", "kodim22.png")


@pytest.fixture(scope="module", params=["small", "base"])
def model(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def codec(model: str) -> Codec:
    return Codec.from_pretrained(model)


@pytest.fixture(scope="module")
def decoder(model: str) -> Decoder:
    return Decoder.from_pretrained(model)


def over_awgn(codec: Codec, image: NDArray[np.uint8], snr_db: float, cbr: float = 0.92 / 48) -> ReceivedLatents:
    """Latents in white noise; at CBR 1/48, 8 % go to headers, rate map and what protects them."""
    sent = codec.encode(image, snr_db, lambda _: int(cbr * image.size))
    rng = np.random.default_rng(1)
    variance = 10 ** (-snr_db / 10)
    noise = rng.standard_normal((2, len(sent.symbols))) * np.sqrt(variance / 2)
    symbols = (sent.symbols + noise[0] + 1j * noise[1]).astype(np.complex64)
    noise_var = np.full(len(symbols), variance, dtype=np.float32)
    height, width = image.shape[:2]
    return ReceivedLatents(1, symbols, noise_var, sent.rate_map, height, width, sent.model_id, snr_db, 0.0, 3, 3)


def test_size(model: str) -> None:
    saved = SavedModel.read(model)
    assert sum(t.numel() for t in saved.tensors.values()) <= {"small": 6_000_000, "base": 25_000_000}[model]
    assert (MODELS / model / WEIGHTS).stat().st_size <= 16_000_000
    assert (MODELS / model / "README.md").read_text().startswith(f"# {model}")


def test_a_receiver_is_told_its_name(model: str) -> None:
    assert model in packaged_names()
    assert remedy(SavedModel.read(model).model_id) == f"give --model {model}"


def test_one_model_serves_every_snr(codec: Codec, decoder: Decoder) -> None:
    _, image = default_picture()
    psnr_db = [
        metrics.psnr_db(image, decoder.decode(over_awgn(codec, image, snr_db), Sampling(0)).jscc)
        for snr_db in (-2.0, 1.0, 4.0, 7.0, 10.0, 13.0, 19.0)
    ]
    assert psnr_db == sorted(psnr_db)
    # A codec whose quality does not follow the channel ignores it.
    assert psnr_db[5] - psnr_db[1] >= 2


def test_the_diffusion_decoder_is_nearer_to_the_eye(codec: Codec, decoder: Decoder, shared_data: Path) -> None:
    rows = []
    for name in KODAK:
        image = load(shared_data / "kodak" / name)
        result = decoder.decode(over_awgn(codec, image, 10.0), Sampling(1))
        rows.append([f(image, p) for f in (metrics.psnr_db, metrics.lpips) for p in (result.jscc, result.picture)])
    jscc_psnr_db, psnr_db, jscc_lpips, lpips = np.mean(rows, axis=0)
    assert jscc_psnr_db >= 25.5
    assert psnr_db >= 24
    assert lpips <= 0.9 * jscc_lpips
