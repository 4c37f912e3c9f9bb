# SPDX-License-Identifier: MIT
"""DeepJSCC's training: it starts as a working linear code, learns, and goes on from a saved model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lrisc_sdr.baselines.deepjscc import DeepJscc
from lrisc_sdr.baselines.deepjscc_network import DeepJsccConfig
from lrisc_sdr.cli import main
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.training.channel import ChannelConfig
from lrisc_sdr.training.data import Pictures
from lrisc_sdr.training.deepjscc_stage import DeepJsccStage
from lrisc_sdr.training.loop import LoopConfig, train
from lrisc_sdr.training.perceptual import PictureLossConfig
from lrisc_sdr.training.transmission import LinkConfig
from lrisc_sdr.training.worker import Worker

MSE = PictureLossConfig(error_weight=160.0, classifier_weight=0.0, vgg_weight=0.0)
QUIET = LinkConfig(usual=1.0, channel=ChannelConfig(snr_db=(15.0, 15.0), multipath=0.0, erased=0.0))
RECIPE = """
name = "tiny"
[deepjscc]
channels = [8, 8, 12]
blocks = 1
[loss]
{weights}
vgg_pictures = 2
vgg_side = 32
[training]
steps = 3
batch = 4
crop = 48
"""


def stage(pictures: Tensor, link: LinkConfig = QUIET) -> DeepJsccStage:
    torch.manual_seed(5)
    made = DeepJsccStage(DeepJsccConfig(channels=(8, 8, 12), blocks=1), link, MSE)
    made.start(pictures)
    return made


def error(made: DeepJsccStage, batch: Tensor) -> float:
    with torch.no_grad():
        return float(made(batch, torch.Generator().manual_seed(1))[1]["mse"])


def test_it_starts_as_the_linear_code_and_learns_what_that_cannot_do(pictures: Tensor, tmp_path: Path) -> None:
    made = stage(pictures)
    batch = pictures.float() / 127.5 - 1
    before = error(made, batch)
    assert before < 0.4 * float((batch - batch.mean(dim=(2, 3), keepdim=True)).square().mean() / 4)
    config = LoopConfig(steps=30, batch=6, crop=48, warmup=5, learning_rate=3e-3, ema=0.8, bfloat16=False)
    made.load_state_dict(train(made, Pictures(pictures), config, tmp_path, Worker()))
    assert error(made, batch) < 0.98 * before


def test_a_recipe_gives_a_system_and_another_goes_on_from_it(shards: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE.format(weights="classifier_weight = 0.0\nvgg_weight = 0.0"))
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(first)]) == 0
    DeepJscc.from_pretrained(first / "model")
    card = (first / "model" / "README.md").read_text()
    assert "DeepJSCC" in card
    assert "12 pictures from train-000.tar, train-001.tar" in card
    recipe.write_text(f'start = "{first / "model"}"\n' + recipe.read_text().replace("steps = 3", "steps = 0"))
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(second)]) == 0
    before, after = (SavedModel.read(out / "model").tensors for out in (first, second))
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    card = (second / "model" / "README.md").read_text()
    assert f"Started from the weights of model {SavedModel.read(first / 'model').model_id}" in card


@pytest.mark.usefixtures("shared_data")  # the perceptual loss needs the weights of its networks
def test_the_perceptual_loss_is_added(pictures: Tensor) -> None:
    weights = PictureLossConfig(error_weight=25.0, vgg_pictures=2, vgg_side=32)
    made = DeepJsccStage(DeepJsccConfig(channels=(8, 8, 12), blocks=1), QUIET, weights)
    made.start(pictures)
    loss, logs = made(pictures[:4].float() / 127.5 - 1, torch.Generator().manual_seed(1))
    parts = 25.0 * logs["mse"] + 1.0 * logs["classifier"] + 1.5 * logs["lpips_vgg"]
    assert torch.allclose(loss, parts)
    loss.backward()
    assert float(made.network.to_picture.weight.grad.abs().max()) > 0


def test_a_batch_that_does_not_fall_into_groups_is_named(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        RECIPE.format(weights="classifier_weight = 0.0\nvgg_weight = 0.0").replace("batch = 4", "batch = 5")
    )
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(tmp_path / "run")]) == 3
    assert "5 crops does not fall into 2 groups" in capsys.readouterr().err
