# SPDX-License-Identifier: MIT
"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with the Kodak pictures, training crops and metric weights, which are too large for the repository.

    It lies beside the checkout, at `../shared/data`. A test that needs it is skipped where it is absent.
    """
    if not SHARED_DATA.is_dir():
        pytest.skip("no ../shared/data beside this checkout: pictures and weights that are not in the repository")
    return SHARED_DATA.resolve()


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a saved model with random weights: all of it is real but the quality of its pictures. Needs torch."""
    torch = pytest.importorskip("torch")
    from lrisc_sdr.codec.network import CodecConfig, CodecNetwork
    from lrisc_sdr.codec.saved_model import save_model
    from lrisc_sdr.diffusion.denoiser import Denoiser, DenoiserConfig

    torch.manual_seed(1)
    codec = CodecConfig(channels=(8, 16, 24), blocks=(1, 1, 1), jscc_blocks=1, latents=8)
    denoiser = DenoiserConfig(channels=(8, 16, 24), blocks=(1, 1, 1), guides=(8, 16, 24))
    folder = tmp_path_factory.mktemp("models") / "tiny"
    parts = {
        "codec": (codec, CodecNetwork(codec).state_dict()),
        "denoiser": (denoiser, Denoiser(denoiser).state_dict()),
    }
    save_model(folder, parts, "A model for tests, with random weights.\n")
    return folder
