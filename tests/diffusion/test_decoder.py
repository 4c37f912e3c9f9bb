# SPDX-License-Identifier: MIT
"""The decoder: the same latents give the same picture, whatever else the process has drawn."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from lrisc_sdr.codec import Codec
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
from lrisc_sdr.sampling import STARTS, Sampling, Start
from lrisc_sdr.types import ReceivedLatents


@pytest.fixture(scope="module")
def latents(tiny_model: Path) -> ReceivedLatents:
    image = np.random.default_rng(1).integers(0, 255, (48, 80, 3), dtype=np.uint8)
    sent = Codec.from_pretrained(tiny_model).encode(image, 10.0, lambda _: 400)
    noise_var = np.full(len(sent.symbols), 0.1, dtype=np.float32)
    return ReceivedLatents(9, sent.symbols, noise_var, sent.rate_map, 48, 80, sent.model_id, 10.0, 0.0, 1, 1)


@pytest.fixture(scope="module")
def decoder(tiny_model: Path) -> Decoder:
    """One whose denoiser does something: a fresh one is the identity on the JSCC picture."""
    torch.manual_seed(3)
    denoiser = Denoiser(DenoiserConfig(channels=(8, 16, 24), blocks=(1, 1, 1), guides=(8, 16, 24))).eval()
    torch.nn.init.normal_(denoiser.up1.mix.weight, std=0.2)
    return Decoder(Codec.from_pretrained(tiny_model), denoiser)


@pytest.mark.parametrize("steps", [1, 4, 8])
def test_deterministic_for_a_picture_id(decoder: Decoder, latents: ReceivedLatents, steps: int) -> None:
    first = decoder.decode(latents, Sampling(steps))
    torch.rand(5)
    assert np.array_equal(first.picture, decoder.decode(latents, Sampling(steps)).picture)
    assert first.picture.shape == first.jscc.shape == (48, 80, 3)


def test_another_id_draws_other_noise(decoder: Decoder, latents: ReceivedLatents) -> None:
    other = dataclasses.replace(latents, picture_id=10)
    assert not np.array_equal(decoder.decode(latents, Sampling(2)).picture, decoder.decode(other, Sampling(2)).picture)


def test_no_steps_give_the_jscc_picture(decoder: Decoder, latents: ReceivedLatents) -> None:
    result = decoder.decode(latents, Sampling(0))
    assert np.array_equal(result.picture, result.jscc)


@pytest.mark.parametrize("start", STARTS)
def test_every_step_is_shown_and_the_last_one_is_the_result(
    decoder: Decoder, latents: ReceivedLatents, start: Start
) -> None:
    shown: dict[int, np.ndarray] = {}
    result = decoder.decode(latents, Sampling(3, start), watch=lambda done, pictures: shown.update({done: pictures[0]}))
    assert list(shown) == [1, 2, 3]
    assert np.abs(shown[3].astype(int) - result.picture).max() <= 1
    assert not np.array_equal(shown[1], shown[3])
    assert np.array_equal(shown[1], decoder.decode(latents, Sampling(1, start)).picture)


def test_a_batch_gives_what_each_gives_alone(decoder: Decoder, latents: ReceivedLatents) -> None:
    other = dataclasses.replace(latents, picture_id=10, snr_db=4.0)
    batch = decoder.decode_batch([latents, other], Sampling(2))
    for received, together in zip((latents, other), batch, strict=True):
        alone = decoder.decode(received, Sampling(2))
        assert np.abs(alone.picture.astype(int) - together.picture).max() <= 1
    with pytest.raises(ValueError, match="one size"):
        decoder.decode_batch([latents, dataclasses.replace(latents, width=64)], Sampling(1))


def test_the_starts_differ(decoder: Decoder, latents: ReceivedLatents) -> None:
    noise = decoder.decode(latents, Sampling(2, "noise"))
    assert not np.array_equal(noise.picture, decoder.decode(latents, Sampling(2)).picture)
    assert np.array_equal(noise.picture, decoder.decode(latents, Sampling(2, "noise")).picture)


def test_the_dial_leads_from_the_jscc_picture_to_the_diffusion_decoders(
    decoder: Decoder, latents: ReceivedLatents
) -> None:
    whole = decoder.decode(latents, Sampling(1))
    assert np.array_equal(decoder.decode(latents, Sampling(1, perception=0.0)).picture, whole.jscc)
    half = decoder.decode(latents, Sampling(1, perception=0.5)).picture
    inside = (whole.picture > 0) & (whole.picture < 255)
    middle = (whole.picture.astype(float) + whole.jscc) / 2
    assert np.abs(half - middle)[inside & (whole.jscc > 0) & (whole.jscc < 255)].max() <= 1


def test_training_starts_from_the_jscc_picture(tiny_model: Path, latents: ReceivedLatents) -> None:
    result = Decoder.from_pretrained(tiny_model).decode(latents, Sampling(3))
    assert np.array_equal(result.picture, result.jscc)
