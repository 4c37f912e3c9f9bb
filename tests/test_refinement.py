# SPDX-License-Identifier: MIT
"""Symbols that a transmitter has refined: the same rates and power, and a better picture at the receiver."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrisc_sdr import refinement
from lrisc_sdr.codec import Codec
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import metrics, weights
from lrisc_sdr.evaluation.classifier_distance import ClassifierDistance
from lrisc_sdr.pictures import default_picture
from lrisc_sdr.refinement import RefiningEncoder
from lrisc_sdr.runs.encoders import find_encoder
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

SNR_DB = 10.0


@pytest.fixture(scope="module")
def image() -> ByteArray:
    _, whole = default_picture()
    return np.ascontiguousarray(whole[:128, :160])


def budget(n_bytes: int) -> int:
    return 128 * 160 * 3 // 48


def received(latents: Latents, snr_db: float = SNR_DB) -> ReceivedLatents:
    rng = np.random.default_rng(3)
    variance = 10 ** (-snr_db / 10)
    noise = rng.standard_normal((2, len(latents.symbols))) * np.sqrt(variance / 2)
    symbols = (latents.symbols + noise[0] + 1j * noise[1]).astype(np.complex64)
    noise_var = np.full(len(symbols), variance, np.float32)
    height, width = latents.height, latents.width
    return ReceivedLatents(7, symbols, noise_var, latents.rate_map, height, width, latents.model_id, snr_db, 0.0, 1, 1)


def test_rates_and_power_stay_and_the_error_falls(image: ByteArray, blind: None) -> None:
    plain = Codec.from_pretrained("small").encode(image, SNR_DB, budget)
    done: list[int] = []
    refined = RefiningEncoder.from_pretrained("small", 8, watch=done.append).encode(image, SNR_DB, budget)
    assert done == list(range(1, 9))
    assert (refined.rate_map, refined.model_id) == (plain.rate_map, plain.model_id)
    assert len(refined.symbols) == len(plain.symbols)
    assert np.mean(np.abs(refined.symbols) ** 2) == pytest.approx(1.0, abs=1e-4)
    decoder = Decoder.from_pretrained("small")
    psnr_db = [
        metrics.psnr_db(image, decoder.decode(received(latents), Sampling(1)).picture) for latents in (plain, refined)
    ]
    assert psnr_db[1] > psnr_db[0] + 0.2


def test_the_picture_looks_more_like_its_source(image: ByteArray) -> None:
    """To the classifier that is asked, and to LPIPS, which is not."""
    try:
        weights.classifier(), weights.lpips("alex")
    except ConfigurationError as error:
        pytest.skip(str(error))
    decoder = Decoder.from_pretrained("small")
    distance = ClassifierDistance()

    def seen(latents: Latents) -> tuple[float, float]:
        picture = decoder.decode(received(latents), Sampling(1)).picture
        made, wanted = (torch.tensor(each).permute(2, 0, 1)[None] / 255 for each in (picture, image))
        return float(distance(distance.maps(made), distance.maps(wanted))), metrics.lpips(image, picture)

    plain = seen(Codec.from_pretrained("small").encode(image, SNR_DB, budget))
    refined = seen(RefiningEncoder.from_pretrained("small", 8).encode(image, SNR_DB, budget))
    assert refined[0] < 0.97 * plain[0]
    assert refined[1] < 0.97 * plain[1]


def test_the_same_picture_gives_the_same_symbols(image: ByteArray, blind: None) -> None:
    one, two = (RefiningEncoder.from_pretrained("small", 2).encode(image, SNR_DB, budget) for _ in range(2))
    np.testing.assert_array_equal(one.symbols, two.symbols)


def test_a_large_picture_in_parts_gets_the_symbols_of_the_whole(
    image: ByteArray, blind: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = np.tile(image[:32], (1, 4, 1))
    encoder = RefiningEncoder.from_pretrained("small", 2)
    whole = encoder.encode(wide, SNR_DB, lambda _: wide.size // 48)
    monkeypatch.setattr(refinement, "WHOLE_PIXELS", 1)
    monkeypatch.setattr(refinement, "CORE", 256)
    parts = encoder.encode(wide, SNR_DB, lambda _: wide.size // 48)
    np.testing.assert_allclose(parts.symbols, whole.symbols, atol=1e-3)


def test_a_channel_without_noise_has_a_gradient(image: ByteArray, blind: None) -> None:
    refined = RefiningEncoder.from_pretrained("small", 1).encode(image[:32, :32], 400.0, lambda _: 64)
    assert np.isfinite(refined.symbols).all()


def test_missing_weights_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find", lambda _: None)
    monkeypatch.setattr(weights, "_package_file", lambda *_: None)
    with pytest.raises(ConfigurationError, match="refined for what a classifier sees: no weights of the classifier"):
        find_encoder("small", refine=5)
