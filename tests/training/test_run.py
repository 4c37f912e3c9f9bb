# SPDX-License-Identifier: MIT
"""The training command, from a recipe to a model that decodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrisc_sdr.cli import main
from lrisc_sdr.codec import Codec
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.types import ReceivedLatents

RECIPE = """
name = "tiny"
[codec]
channels = [8, 8, 12]
blocks = [1, 1, 1]
latents = 6
[codec_training]
steps = 3
batch = 4
crop = 64
[denoiser]
channels = [8, 8, 12]
blocks = [1, 1, 1]
guides = [8, 8, 12]
[diffusion_training]
steps = 3
batch = 4
crop = 64
[diffusion_loss]
vgg_pictures = 2
vgg_side = 32
"""


@pytest.mark.usefixtures("shared_data")  # the perceptual loss needs the weights of its networks
def test_a_recipe_gives_a_model_that_decodes(shards: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    out = tmp_path / "run"
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(out)]) == 0
    card = (out / "model" / "README.md").read_text()
    assert "12 pictures from train-000.tar, train-001.tar" in card
    codec, decoder = Codec.from_pretrained(out / "model"), Decoder.from_pretrained(out / "model")
    image = np.full((32, 32, 3), 128, dtype=np.uint8)
    sent = codec.encode(image, 10.0, lambda _: 64)
    noise_var = np.full(len(sent.symbols), 0.1, dtype=np.float32)
    received = ReceivedLatents(1, sent.symbols, noise_var, sent.rate_map, 32, 32, sent.model_id, 10.0, 0.0, 1, 1)
    assert decoder.decode(received, 2).picture.shape == (32, 32, 3)


def test_a_missing_folder_ends_with_the_right_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    assert main(["train", "--config", str(recipe), "--data", str(tmp_path / "none"), "--out", str(tmp_path / "o")]) == 3
    assert "train-*.tar" in capsys.readouterr().err
