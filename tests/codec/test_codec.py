# SPDX-License-Identifier: MIT
"""Pictures of any size to symbols and back, with noise, erasures and nonsense."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.codec import to_images
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel
from lrisc_sdr.types import Latents, ReceivedLatents


@pytest.fixture(scope="module")
def codec(tiny_model: Path) -> Codec:
    return Codec.from_pretrained(tiny_model)


def picture(height: int, width: int) -> np.ndarray:
    """Smooth colours with an edge: something that a linear code of patches can carry."""
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([rows * 255 / height, columns * 255 / width, 128 + 60 * np.sin(columns / 9)], axis=2)
    image[height // 2 :, : width // 2] *= 0.5
    return image.astype(np.uint8)


def received(latents: Latents, snr_db: float = 10.0, seed: int = 1) -> ReceivedLatents:
    rng = np.random.default_rng(seed)
    variance = 10 ** (-snr_db / 10)
    noise = rng.standard_normal((2, len(latents.symbols))) * np.sqrt(variance / 2)
    symbols = (latents.symbols + noise[0] + 1j * noise[1]).astype(np.complex64)
    noise_var = np.full(len(symbols), variance, dtype=np.float32)
    return ReceivedLatents(
        7, symbols, noise_var, latents.rate_map, latents.height, latents.width, latents.model_id, snr_db, 0.0, 3, 3
    )


def budget(image: np.ndarray, cbr: float = 1 / 24) -> int:
    return int(cbr * image.size)


def error(codec: Codec, image: np.ndarray, latents: ReceivedLatents) -> float:
    decoded = codec.decode(latents)
    restored = to_images(decoded.picture, decoded.height, decoded.width)[0]
    return float(np.mean((restored.astype(float) - image) ** 2))


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 47), (64, 96), (101, 38), (256, 64)])
def test_any_size_comes_back_in_its_size(codec: Codec, height: int, width: int) -> None:
    image = picture(height, width)
    latents = codec.encode(image, 10.0, lambda _: budget(image))
    assert latents.symbols.dtype == np.complex64
    assert np.mean(np.abs(latents.symbols) ** 2) == pytest.approx(1, abs=1e-4)
    decoded = codec.decode(received(latents))
    assert to_images(decoded.picture, decoded.height, decoded.width)[0].shape == image.shape


def test_less_noise_gives_a_better_picture(codec: Codec) -> None:
    image = picture(128, 128)
    latents = codec.encode(image, 10.0, lambda _: budget(image))
    errors = [error(codec, image, received(latents, snr_db)) for snr_db in (-5.0, 5.0, 20.0)]
    assert errors[0] > 1.5 * errors[1] > 1.5**2 * errors[2]


def test_brightness_survives_the_power_constraint(codec: Codec) -> None:
    for factor in (0.2, 1.0):
        image = (picture(64, 64) * factor).astype(np.uint8)
        decoded = codec.decode(received(codec.encode(image, 30.0, lambda _: 512), 30.0))
        assert to_images(decoded.picture, 64, 64)[0].mean() == pytest.approx(image.mean(), abs=6)


def test_erased_symbols_count_for_nothing_whatever_they_hold(codec: Codec) -> None:
    image = picture(64, 64)
    whole = received(codec.encode(image, 10.0, lambda _: budget(image)))
    lost = np.arange(len(whole.symbols)) % 3 == 0
    noise_var = np.where(lost, np.inf, whole.noise_var).astype(np.float32)
    pictures = []
    for filler in (0, 100):
        symbols = np.where(lost, filler, whole.symbols).astype(np.complex64)
        pictures.append(codec.decode(dataclasses.replace(whole, symbols=symbols, noise_var=noise_var)).picture)
    assert pictures[0].isfinite().all()
    assert pictures[0].equal(pictures[1])


def test_the_budget_is_never_exceeded_with_the_map_counted(codec: Codec) -> None:
    image = picture(96, 160)

    def allowed(map_bytes: int) -> int:
        return budget(image) - 8 * map_bytes

    latents = codec.encode(image, 10.0, allowed)
    assert len(latents.symbols) <= allowed(len(latents.rate_map))


def squares(codec: Codec, image: np.ndarray, latents: ReceivedLatents) -> np.ndarray:
    decoded = codec.decode(latents)
    difference = to_images(decoded.picture, decoded.height, decoded.width)[0].astype(float) - image
    return np.square(difference).mean(axis=2)


def rough(height: int, width: int) -> np.ndarray:
    """A picture that no rate carries whole, the same everywhere."""
    noise = np.random.default_rng(3).standard_normal((height // 4, width // 4, 3)).repeat(4, axis=0).repeat(4, axis=1)
    return np.clip(128 + 40 * noise, 0, 255).astype(np.uint8)


def test_a_region_of_interest_is_better_than_without_and_the_rest_pays(codec: Codec) -> None:
    image = rough(192, 192)
    region = np.zeros((192, 192), dtype=bool)
    region[64:128, 64:128] = True
    inside, outside = [], []
    for roi in (None, region):
        latents = codec.encode(image, 20.0, lambda _: budget(image), roi)
        assert 0.97 * budget(image) < len(latents.symbols) <= budget(image)
        errors = squares(codec, image, received(latents, 20.0))
        inside.append(errors[region].mean())
        outside.append(errors[~region].mean())
    assert inside[1] < 0.95 * inside[0]
    assert outside[1] > outside[0]


def test_a_region_of_everything_changes_no_rates(codec: Codec) -> None:
    image = picture(101, 150)
    plain, favoured = (codec.encode(image, 10.0, lambda _: budget(image), roi) for roi in (None, image[..., 0] >= 0))
    assert plain.rate_map[1:] == favoured.rate_map[1:]


def test_a_region_of_another_size_or_at_a_uniform_rate_is_refused(codec: Codec) -> None:
    image = picture(64, 96)
    with pytest.raises(ConfigurationError, match=r"64x96.*96x64"):
        codec.encode(image, 10.0, lambda _: budget(image), np.ones((96, 64), dtype=bool))
    with pytest.raises(ConfigurationError, match="adaptive"):
        codec.encode(image, 10.0, lambda _: budget(image), np.ones((64, 96), dtype=bool), "uniform")


def test_a_uniform_rate_is_told_in_three_bytes_and_meets_the_budget(codec: Codec) -> None:
    image = picture(101, 230)
    latents = codec.encode(image, 10.0, lambda _: budget(image), mode="uniform")
    assert len(latents.rate_map) == 3
    assert 0.97 * budget(image) <= len(latents.symbols) <= budget(image)
    assert error(codec, image, received(latents)) < 2 * np.var(image) / 10


def test_a_budget_below_the_lowest_rates_is_refused(codec: Codec) -> None:
    with pytest.raises(ConfigurationError, match="higher CBR"):
        codec.encode(picture(64, 64), 10.0, lambda _: 3)


def test_a_budget_far_above_the_highest_rates_is_refused(codec: Codec) -> None:
    with pytest.raises(ConfigurationError, match="1/12"):
        codec.encode(picture(64, 64), 10.0, lambda _: 10**6)


def test_latents_of_another_model_are_refused(codec: Codec) -> None:
    image = picture(32, 32)
    latents = received(codec.encode(image, 10.0, lambda _: budget(image)))
    with pytest.raises(UnknownModel, match=r"deadbeef, here is .*: give that model's folder to --model"):
        codec.decode(dataclasses.replace(latents, model_id="deadbeef"))


def test_latents_of_a_model_that_comes_with_the_package_name_it(codec: Codec) -> None:
    image = picture(32, 32)
    latents = received(codec.encode(image, 10.0, lambda _: budget(image)))
    with pytest.raises(UnknownModel, match="give --model small"):
        codec.decode(dataclasses.replace(latents, model_id=SavedModel.read("small").model_id))


@pytest.mark.parametrize("rate_map", [b"", b"\x80", b"\x80\x12\x34"])
def test_a_rate_map_that_does_not_fit_the_symbols_is_refused(codec: Codec, rate_map: bytes) -> None:
    image = picture(64, 64)
    latents = received(codec.encode(image, 10.0, lambda _: budget(image)))
    with pytest.raises(SideInformationLost):
        codec.decode(dataclasses.replace(latents, rate_map=rate_map))
