# SPDX-License-Identifier: MIT
"""The loop: a seed gives one run, whether it was interrupted or not."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lrisc_sdr.codec.network import CodecConfig
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.codec_stage import CodecStage
from lrisc_sdr.training.data import Pictures
from lrisc_sdr.training.loop import LoopConfig, learning_rate, train, validate
from lrisc_sdr.training.transmission import LinkConfig
from lrisc_sdr.training.worker import Worker

CONFIG = LoopConfig(steps=6, batch=4, crop=32, warmup=2, log_every=2, save_every=3, bfloat16=False, ema=0.5)
TINY = CodecConfig(channels=(8, 8, 12), blocks=(1, 1, 1), jscc_blocks=1, latents=6)


def stage(pictures: Tensor) -> CodecStage:
    torch.manual_seed(5)
    made = CodecStage(TINY, LinkConfig())
    made.start(pictures)
    return made


def run(pictures: Tensor, folder: Path, **changes: Any) -> dict[str, Tensor]:
    return train(stage(pictures), Pictures(pictures), dataclasses.replace(CONFIG, **changes), folder, Worker())


def test_an_interrupted_run_ends_like_an_undisturbed_one(pictures: Tensor, tmp_path: Path) -> None:
    whole = run(pictures, tmp_path / "whole")
    # Constant learning rate up to the interruption: there the shorter run and the longer one agree.
    run(pictures, tmp_path / "parts", steps=3, decay=0.01)
    resumed = run(pictures, tmp_path / "parts")
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name


def test_looking_at_held_back_pictures_changes_nothing(pictures: Tensor, tmp_path: Path) -> None:
    blind = run(pictures[:8], tmp_path / "blind")
    config = dataclasses.replace(CONFIG, validate_every=2)
    seen = train(stage(pictures[:8]), Pictures(pictures[:8], pictures[8:]), config, tmp_path / "seeing", Worker())
    assert all(torch.equal(value, seen[name]) for name, value in blind.items())
    rows = [json.loads(line) for line in (tmp_path / "seeing" / "log.jsonl").open()]
    assert [row["step"] for row in rows if "held_back_mse" in row] == [2, 4, 6]


def test_what_is_held_back_is_judged_with_the_given_weights_over_the_same_channels(pictures: Tensor) -> None:
    made = stage(pictures)
    weights = {name: value.clone() for name, value in made.state_dict().items()}
    before = validate(made, weights, pictures[:5], CONFIG)
    for value in made.parameters():
        value.data.zero_()
    assert validate(made, weights, pictures[:5], CONFIG) == before
    assert validate(made, made.state_dict(), pictures[:5], CONFIG)["held_back_mse"] > before["held_back_mse"]
    assert made.training


def test_the_random_generator_of_the_caller_is_left_alone(pictures: Tensor, tmp_path: Path) -> None:
    torch.manual_seed(9)
    expected = torch.rand(3)
    made = stage(pictures)
    torch.manual_seed(9)
    train(made, Pictures(pictures, pictures), CONFIG, tmp_path, Worker())
    assert torch.equal(torch.rand(3), expected)


def test_the_loss_falls_and_is_logged(pictures: Tensor, tmp_path: Path) -> None:
    rows: list[dict[str, float]] = []
    config = dataclasses.replace(CONFIG, steps=40, batch=8, log_every=10, learning_rate=2e-3)
    train(stage(pictures), Pictures(pictures), config, tmp_path, Worker(), lambda _, row: rows.append(row))
    assert [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").open()] == [10, 20, 30, 40]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert {"mse", "mse_noiseless", "bits_per_pixel"} <= rows[0].keys()


def test_a_loss_that_is_no_number_ends_the_run(pictures: Tensor, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not finite"):
        run(pictures, tmp_path, learning_rate=1e30, warmup=0)


def test_a_checkpoint_of_another_model_is_refused(pictures: Tensor, tmp_path: Path) -> None:
    train(stage(pictures), Pictures(pictures), CONFIG, tmp_path, Worker())
    other = CodecStage(dataclasses.replace(TINY, channels=(8, 8, 16)), LinkConfig())
    with pytest.raises(ConfigurationError, match="another model"):
        train(other, Pictures(pictures), CONFIG, tmp_path, Worker())


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    config = LoopConfig(steps=1000, warmup=100, decay=0.2, learning_rate=1.0)
    rates = [learning_rate(config, step) for step in range(1001)]
    assert rates[0] == pytest.approx(0.01)
    assert rates[100:800] == [1.0] * 700
    assert rates[900] == pytest.approx(0.5)
    assert rates[1000] == 0
