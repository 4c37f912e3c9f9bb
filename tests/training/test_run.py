# SPDX-License-Identifier: MIT
"""The training command, from a recipe to a model that decodes."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lrisc_sdr.cli import main
from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.codec.saved_model import SavedModel, save_model
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.diffusion.denoiser import DenoiserConfig
from lrisc_sdr.evaluation import weights
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.training.loop import LoopConfig
from lrisc_sdr.training.recipe import DataConfig, LriscRecipe, read_recipe
from lrisc_sdr.training.run import train_recipe
from lrisc_sdr.training.worker import Worker
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
critic_weight = 0.1
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
    assert decoder.decode(received, Sampling(2)).picture.shape == (32, 32, 3)


@pytest.mark.usefixtures("shared_data")
def test_stage_c_trains_what_lies_between_features_and_picture(shards: Path, tmp_path: Path, tiny_model: Path) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        RECIPE.replace('name = "tiny"', f'name = "tiny"\nstart = "{tiny_model}"')
        .replace("[codec_training]\nsteps = 3", "[codec_training]\nsteps = 0")
        .replace("critic_weight = 0.1", "critic_weight = 0.1\njscc_weight = 50.0")
        .replace("[8, 8, 12]", "[8, 16, 24]")
        .replace("latents = 6", "latents = 8")
    )
    out = tmp_path / "run"
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(out)]) == 0
    before, after = SavedModel.read(tiny_model).tensors, SavedModel.read(out / "model").tensors
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    parts = {".".join(name.split(".")[:3]) for name in changed if name.startswith("codec.")}
    # The adaptive lengths hang on the features and the entropy model: those keep their meaning.
    assert not [part for part in parts if part.startswith(("codec.analysis", "codec.hyperprior", "codec.tx_state"))]
    assert {"codec.jscc_encoder.project", "codec.jscc_decoder.mix"} <= parts
    assert any(part.startswith("codec.synthesis") for part in parts)
    assert any(name.startswith("denoiser.") for name in changed)
    Decoder.from_pretrained(out / "model")


@pytest.mark.usefixtures("shared_data")
def test_the_large_recipe_trains_its_networks(shards: Path, tmp_path: Path) -> None:
    recipe = read_recipe(Path(__file__).resolve().parents[2] / "recipes" / "large.toml")
    assert isinstance(recipe, LriscRecipe)
    # In maps of 2x2 the gradients of bfloat16 convolutions on CPUs are now and then infinite.
    few: dict[str, Any] = {"steps": 2, "batch": 4, "crop": 64, "validate_every": 1}
    small = dataclasses.replace(
        recipe,
        data=DataConfig(held_back=("train-001.tar",)),
        link=dataclasses.replace(recipe.link, groups=2),
        codec_training=dataclasses.replace(recipe.codec_training, **few),
        diffusion_training=dataclasses.replace(recipe.diffusion_training, **few),
        diffusion_loss=dataclasses.replace(recipe.diffusion_loss, vgg_pictures=1, vgg_side=32),
    )
    rows: list[tuple[str, dict[str, float]]] = []
    train_recipe(small, shards, tmp_path, Worker(), lambda stage, _, row: rows.append((stage, row)))
    assert [stage for stage, row in rows if "held_back_mse" in row] == ["codec", "codec", "diffusion", "diffusion"]
    saved = SavedModel.read(tmp_path / "model")
    millions = {
        part: sum(v.numel() for k, v in saved.tensors.items() if k.startswith(part)) / 1e6 for part in saved.config
    }
    assert 8 < millions["codec"] < 12
    assert 10 < millions["denoiser"] < 12


def test_a_recipe_goes_on_from_a_saved_model(shards: Path, tmp_path: Path, tiny_model: Path) -> None:
    saved = SavedModel.read(tiny_model)
    recipe = LriscRecipe(
        name="more",
        start=str(tiny_model),
        codec=dataclasses.replace(saved.settings("codec", CodecConfig), roi=True),
        denoiser=saved.settings("denoiser", DenoiserConfig),
        codec_training=LoopConfig(steps=0),
        diffusion_training=LoopConfig(steps=0),
    )
    train_recipe(recipe, shards, tmp_path, Worker())
    after = SavedModel.read(tmp_path / "model").tensors
    # A gain that the model did not have before begins with nothing.
    assert after.keys() - saved.tensors.keys() == {"codec.roi_gain"}
    assert not after["codec.roi_gain"].any()
    assert all(torch.equal(value, after[name]) for name, value in saved.tensors.items())


def test_a_recipe_may_take_one_part_of_a_saved_model(shards: Path, tmp_path: Path, tiny_model: Path) -> None:
    saved = SavedModel.read(tiny_model)
    recipe = LriscRecipe(
        name="other",
        start=str(tiny_model),
        start_parts=("codec",),
        codec=saved.settings("codec", CodecConfig),
        denoiser=dataclasses.replace(saved.settings("denoiser", DenoiserConfig), channels=(8, 8, 16)),
        codec_training=LoopConfig(steps=0),
        diffusion_training=LoopConfig(steps=0),
    )
    train_recipe(recipe, shards, tmp_path, Worker())
    after = SavedModel.read(tmp_path / "model")
    assert after.settings("denoiser", DenoiserConfig).channels == (8, 8, 16)
    assert all(torch.equal(v, after.tensors[name]) for name, v in saved.tensors.items() if name.startswith("codec."))


def test_missing_weights_are_told_before_the_codec_is_trained(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path])
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    words = ["train", "--config", str(recipe), "--data", str(shards), "--out", str(tmp_path / "run")]
    assert main(words) == 3
    assert f"set {weights.VARIABLE} to the folder with {weights.CLASSIFIER}" in capsys.readouterr().err
    assert not (tmp_path / "run" / "codec").exists()
    recipe.write_text(RECIPE.replace("[diffusion_training]\nsteps = 3", "[diffusion_training]\nsteps = 0"))
    assert main(words) == 0
    assert set(SavedModel.read(tmp_path / "run" / "model").config) == {"codec", "denoiser"}


def test_a_model_of_another_shape_is_no_start(
    shards: Path, tmp_path: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(f'name = "x"\nstart = "{tiny_model}"\n[codec]\nchannels = [8, 8, 12]\n')
    assert main(["train", "--config", str(recipe), "--data", str(shards), "--out", str(tmp_path / "o")]) == 3
    assert "does not go into the recipe's 'codec'" in capsys.readouterr().err


def test_a_missing_folder_ends_with_the_right_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(RECIPE)
    assert main(["train", "--config", str(recipe), "--data", str(tmp_path / "none"), "--out", str(tmp_path / "o")]) == 3
    assert "train-*.tar" in capsys.readouterr().err


def test_a_recipe_goes_on_from_the_mean_of_two_models(shards: Path, tmp_path: Path, tiny_model: Path) -> None:
    saved = SavedModel.read(tiny_model)
    codec, denoiser = saved.settings("codec", CodecConfig), saved.settings("denoiser", DenoiserConfig)
    weights = {name: value + 1 for name, value in saved.tensors.items()}
    parts = {
        part: (settings, {k.removeprefix(f"{part}."): v for k, v in weights.items() if k.startswith(f"{part}.")})
        for part, settings in (("codec", codec), ("denoiser", denoiser))
    }
    other = save_model(tmp_path / "other", parts, "")
    recipe = LriscRecipe(
        name="mean",
        start=str(tiny_model),
        start_also=(str(tmp_path / "other"),),
        codec=codec,
        denoiser=denoiser,
        codec_training=LoopConfig(steps=0),
        diffusion_training=LoopConfig(steps=0),
    )
    train_recipe(recipe, shards, tmp_path / "run", Worker())
    after = SavedModel.read(tmp_path / "run" / "model").tensors
    for name, value in saved.tensors.items():
        torch.testing.assert_close(after[name], value + 0.5, rtol=0, atol=2e-3)
    card = (tmp_path / "run" / "model" / "README.md").read_text()
    assert f"mean of the weights of models {saved.model_id} and {other}" in card


def test_a_smaller_model_grows_into_the_mean(shards: Path, tmp_path: Path, tiny_model: Path) -> None:
    saved = SavedModel.read(tiny_model)
    settings = saved.settings("denoiser", DenoiserConfig)
    recipe = LriscRecipe(
        name="larger",
        start=str(tiny_model),
        codec=saved.settings("codec", CodecConfig),
        denoiser=dataclasses.replace(settings, channels=(12, 16, 32), blocks=(1, 2, 1)),
        codec_training=LoopConfig(steps=0),
        diffusion_training=LoopConfig(steps=0, seed=4),
    )
    train_recipe(recipe, shards, tmp_path / "larger", Worker())
    mean = dataclasses.replace(recipe, name="mean", start_also=(str(tmp_path / "larger" / "model"),))
    train_recipe(mean, shards, tmp_path / "mean", Worker())
    # With the same seed both bring the same new weights.
    larger, both = (SavedModel.read(tmp_path / name / "model").tensors for name in ("larger", "mean"))
    assert larger["denoiser.down4.mix.weight"].shape[0] == 12
    for name, value in larger.items():
        torch.testing.assert_close(both[name], value, rtol=0, atol=2e-3)
