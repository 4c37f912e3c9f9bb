# SPDX-License-Identifier: MIT
"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

# A slow or busy machine is no reason to fail, nor is an example that chance finds after a commit that did not touch it;
# to look for such examples: --hypothesis-profile=explore.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same-everywhere", settings.get_profile("explore"), derandomize=True)
settings.load_profile("same-everywhere")

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the Kodak pictures, training crops and metric weights, which are too large for the repository.

    It lies beside the checkout, at `../shared/data`. A test that needs it is skipped where it is absent.
    """
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data beside this checkout: pictures and weights that are not in the repository")
    return SHARED_DATA.resolve()


BAND = """
[[band]]
name = "test"
low_hz = 2.40e9
high_hz = 2.48e9
least_attenuation_db = 0
duty_cycle = 1
duty_window_s = 3600
longest_burst_s = 5
"""


@pytest.fixture
def allowed(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who may transmit in one band, with a ledger of one's own in `tmp_path`."""
    allow_list = tmp_path / "allow.toml"
    allow_list.write_text(BAND)
    allow_list.chmod(0o600)
    return {"LRISC_ALLOW_LIST": str(allow_list), "XDG_STATE_HOME": str(tmp_path)}


def smooth_pictures(count: int, side: int = 128) -> NDArray[np.uint8]:
    """Random pictures u8 `[count, 3, side, side]` with the 1/f spectrum of photographs."""
    rng = np.random.default_rng(1)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = 1 / side
    spectrum = (rng.standard_normal((2, count, 3, *frequency.shape)).T @ [1, 1j]).T / frequency
    grey = np.fft.irfft2(spectrum[:, :1], s=(side, side))
    colour = np.fft.irfft2(spectrum, s=(side, side))
    mixed = grey + 0.3 * colour
    return np.clip(128 + 50 * mixed / mixed.std(), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a saved model that was not trained: the linear code that training starts from. Needs torch."""
    torch = pytest.importorskip("torch")
    from lrisc_sdr.codec.network import CodecConfig
    from lrisc_sdr.codec.saved_model import save_model
    from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig
    from lrisc_sdr.training.codec_stage import CodecStage
    from lrisc_sdr.training.transmission import LinkConfig

    torch.manual_seed(1)
    codec = CodecConfig(channels=(8, 16, 24), blocks=(1, 1, 1), jscc_blocks=1, latents=8)
    denoiser = DenoiserConfig(channels=(8, 16, 24), blocks=(1, 1, 1), guides=(8, 16, 24))
    stage = CodecStage(codec, LinkConfig())
    stage.start(torch.from_numpy(smooth_pictures(30)))
    folder = tmp_path_factory.mktemp("models") / "tiny"
    parts = {
        "codec": (codec, stage.network.state_dict()),
        "denoiser": (denoiser, Denoiser(denoiser).state_dict()),
    }
    save_model(folder, parts, "A model for tests, the linear code that training starts from.\n")
    return folder


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Symbols are refined for the squared error alone: what the classifier sees needs weights. Needs torch."""
    torch = pytest.importorskip("torch")
    from lrisc_sdr import refinement

    class Blind(torch.nn.Module):  # type: ignore[name-defined, misc]
        def maps(self, pictures: torch.Tensor) -> list[torch.Tensor]:  # type: ignore[name-defined]
            return [pictures[:, :0]]

        def forward(self, maps: object, others: object) -> torch.Tensor:  # type: ignore[name-defined]
            return torch.zeros(())

    monkeypatch.setattr(refinement, "ClassifierDistance", Blind)
