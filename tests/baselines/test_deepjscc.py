# SPDX-License-Identifier: MIT
"""DeepJSCC keeps its budget to the symbol, needs nothing that was not sent, and refuses what is not its own."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr.types import Latents, ReceivedLatents
from tests.conftest import smooth_pictures

torch = pytest.importorskip("torch")

from lrisc_sdr.baselines.deepjscc import DeepJscc, uniform_mask  # noqa: E402
from lrisc_sdr.baselines.deepjscc_network import DeepJsccConfig, Gdn  # noqa: E402
from lrisc_sdr.codec.saved_model import save_model  # noqa: E402
from lrisc_sdr.errors import ConfigurationError, SideInformationLost, UnknownModel  # noqa: E402
from lrisc_sdr.training.deepjscc_stage import DeepJsccStage  # noqa: E402
from lrisc_sdr.training.perceptual import PictureLossConfig  # noqa: E402
from lrisc_sdr.training.transmission import LinkConfig  # noqa: E402

CONFIG = DeepJsccConfig(channels=(8, 8, 12), blocks=1)
IMAGE = smooth_pictures(1)[0].transpose(1, 2, 0)[:90, :110].copy()
PATCHES = 6 * 8
"""Of 90×110 pixels, padded to multiples of 32."""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> DeepJscc:
    torch.manual_seed(1)
    stage = DeepJsccStage(CONFIG, LinkConfig(), PictureLossConfig(classifier_weight=0, vgg_weight=0))
    stage.start(torch.from_numpy(smooth_pictures(30)))
    folder = tmp_path_factory.mktemp("models")
    save_model(folder, {"deepjscc": (CONFIG, stage.network.state_dict())}, "")
    return DeepJscc.from_pretrained(folder)


def received(sent: Latents, snr_db: float) -> ReceivedLatents:
    rng = np.random.default_rng(1)
    variance = 10 ** (-snr_db / 10)
    noise = (rng.standard_normal((len(sent.symbols), 2)) @ [1, 1j]) * math.sqrt(variance / 2)
    noise_var = np.full(len(sent.symbols), variance, dtype=np.float32)
    symbols = (sent.symbols + noise).astype(np.complex64)
    height, width = sent.height, sent.width
    return ReceivedLatents(1, symbols, noise_var, sent.rate_map, height, width, sent.model_id, snr_db, 0.0, 1, 1)


def psnr(image: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((image.astype(float) - IMAGE) ** 2)))


@given(patches=st.integers(1, 300), share=st.floats(1, 64))
def test_every_symbol_of_the_budget_is_used_and_patches_differ_by_one(patches: int, share: float) -> None:
    symbols = int(share * patches)
    mask = uniform_mask(symbols, patches)
    assert mask.shape == (patches, 128)
    assert int(mask.sum()) == 2 * symbols
    lengths = mask.sum(dim=1)
    assert int(lengths.max() - lengths.min()) in (0, 2)
    # A rate is a prefix.
    assert bool((mask.diff(dim=1) <= 0).all())


@pytest.mark.parametrize("budget", [PATCHES, 333, 16 * PATCHES, 64 * PATCHES, 10**6])
def test_the_budget_is_met_from_above_with_unit_power(system: DeepJscc, budget: int) -> None:
    sent = system.encode(IMAGE, 10.0, lambda side: budget if side == 1 else 0)
    assert len(sent.symbols) == min(budget, 64 * PATCHES)
    assert len(sent.rate_map) == 1
    assert float(np.mean(np.abs(sent.symbols) ** 2)) == pytest.approx(1.0, abs=1e-4)
    assert system.decode(received(sent, 10.0)).shape == IMAGE.shape


def test_more_symbols_and_less_noise_give_a_better_picture(system: DeepJscc) -> None:
    def quality(symbols: int, snr_db: float) -> float:
        return psnr(system.decode(received(system.encode(IMAGE, snr_db, lambda _: symbols), snr_db)))

    assert quality(8 * PATCHES, 10.0) < quality(16 * PATCHES, 10.0) < quality(48 * PATCHES, 10.0)
    assert quality(16 * PATCHES, 0.0) + 1 < quality(16 * PATCHES, 15.0)


def test_lost_symbols_cost_quality_and_nothing_else(system: DeepJscc) -> None:
    whole = received(system.encode(IMAGE, 15.0, lambda _: 32 * PATCHES), 15.0)
    lost = np.random.default_rng(2).random(len(whole.symbols)) < 0.3
    holes = dataclasses.replace(
        whole,
        symbols=np.where(lost, np.complex64(0), whole.symbols),
        noise_var=np.where(lost, np.float32(np.inf), whole.noise_var),
    )
    assert 15 < psnr(system.decode(holes)) < psnr(system.decode(whole))


def test_what_is_not_its_own_is_refused(system: DeepJscc, tiny_model: Path) -> None:
    good = received(system.encode(IMAGE, 10.0, lambda _: 16 * PATCHES), 10.0)
    with pytest.raises(UnknownModel, match="00000000"):
        system.decode(dataclasses.replace(good, model_id="00000000"))
    for changes in ({"rate_map": b""}, {"rate_map": b"ab"}, {"height": 2000}, {"height": 1, "width": 1}):
        with pytest.raises(SideInformationLost):
            system.decode(dataclasses.replace(good, **changes))
    with pytest.raises(ConfigurationError, match="48 symbols"):
        system.encode(IMAGE, 10.0, lambda _: PATCHES - 1)
    with pytest.raises(UnknownModel, match="deepjscc"):
        DeepJscc.from_pretrained(tiny_model)


def test_gdn_divides_by_the_root_of_the_weighted_power_and_its_inverse_multiplies() -> None:
    x = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(1))
    for inverse in (False, True):
        gdn = Gdn(3, inverse)
        gamma = gdn.gamma.detach().square().view(3, 3)
        root = (1 + torch.einsum("ij,bjhw->bihw", gamma, x.square())).sqrt()
        assert torch.allclose(gdn(x), x * root if inverse else x / root, atol=1e-5)
