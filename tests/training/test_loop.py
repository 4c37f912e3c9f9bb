# SPDX-License-Identifier: MIT
"""The loop: a seed gives one run, whether it was interrupted or not."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.codec_stage import CodecStage
from lrisc_sdr.training.loop import LoopConfig, learning_rate, train
from lrisc_sdr.training.transmission import LinkConfig

CONFIG = LoopConfig(steps=6, batch=4, crop=32, warmup=2, log_every=2, save_every=3, bfloat16=False, ema=0.5)
TINY = CodecConfig(channels=(8, 8, 12), blocks=(1, 1, 1), jscc_blocks=1, latents=6)


def stage(pictures: Tensor) -> CodecStage:
    torch.manual_seed(5)
    made = CodecStage(TINY, LinkConfig())
    made.start(pictures)
    return made


def test_an_interrupted_run_ends_like_an_undisturbed_one(pictures: Tensor, tmp_path: Path) -> None:
    whole = train(stage(pictures), pictures, CONFIG, tmp_path / "whole")
    # Constant learning rate up to the interruption: there the shorter run and the longer one agree.
    train(stage(pictures), pictures, dataclasses.replace(CONFIG, steps=3, decay=0.01), tmp_path / "parts")
    resumed = train(stage(pictures), pictures, CONFIG, tmp_path / "parts")
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_the_random_generator_of_the_caller_is_left_alone(pictures: Tensor, tmp_path: Path) -> None:
    made = stage(pictures)
    torch.manual_seed(9)
    expected = torch.rand(3)
    torch.manual_seed(9)
    train(made, pictures, CONFIG, tmp_path)
    assert torch.equal(torch.rand(3), expected)


def test_the_loss_falls_and_is_logged(pictures: Tensor, tmp_path: Path) -> None:
    rows: list[dict[str, float]] = []
    config = dataclasses.replace(CONFIG, steps=40, batch=8, log_every=10, learning_rate=2e-3)
    train(stage(pictures), pictures, config, tmp_path, lambda _, row: rows.append(row))
    assert [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").open()] == [10, 20, 30, 40]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert {"mse", "mse_noiseless", "bits_per_pixel"} <= rows[0].keys()


def test_a_checkpoint_of_another_model_is_refused(pictures: Tensor, tmp_path: Path) -> None:
    train(stage(pictures), pictures, CONFIG, tmp_path)
    other = CodecStage(dataclasses.replace(TINY, channels=(8, 8, 16)), LinkConfig())
    with pytest.raises(ConfigurationError, match="another model"):
        train(other, pictures, CONFIG, tmp_path)


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    config = LoopConfig(steps=1000, warmup=100, decay=0.2, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100:800] == [1.0] * 700
    assert rates[900] == pytest.approx(0.5)
    assert rates[1000] == 0
