# SPDX-License-Identifier: MIT
"""Campaigns from one end to the other, with a system that is quick."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrisc_sdr.campaigns import sweep as sweeping
from lrisc_sdr.campaigns import systems, work
from lrisc_sdr.campaigns.campaign import Campaign, Keep
from lrisc_sdr.campaigns.lrisc import LriscBranches
from lrisc_sdr.campaigns.rows import ROWS, read_rows
from lrisc_sdr.campaigns.summary import slug, summarise, write_summary
from lrisc_sdr.campaigns.sweep import sweep
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.diffusion import Decoder, Reconstruction
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.pictures import load
from lrisc_sdr.runs.progress import silent
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedLatents


def test_every_point_is_a_row_and_a_lost_picture_is_mid_grey(campaign: Campaign, tmp_path: Path) -> None:
    rows = sweep(campaign, tmp_path / "out", 1, silent)
    assert len(rows) == 8
    assert {row["failed"] for row in rows if row["system"] == "whole"} == {False}
    lost = [row for row in rows if row["system"] == "lossy"]
    assert {row["reason"] for row in lost} == {"the map is gone"}
    for row in lost:
        source = load(Path(campaign.pictures[0]) / row["picture"])
        grey = float(np.mean((source.astype(float) - 128) ** 2))
        assert row["psnr_db"] == pytest.approx(10 * math.log10(255**2 / grey), abs=1e-6)
    good = [row for row in rows if row["system"] == "whole"]
    assert all(row["cbr_frame"] <= 1 / 8 for row in good)
    assert all(row["snr_db_estimated"] == pytest.approx(row["snr_db"], abs=1.0) for row in good)
    assert all(row["snr_db_true"] == pytest.approx(row["snr_db"], abs=0.1) for row in good)


def test_noise_differs_between_pictures_and_seeds_and_not_between_systems(
    changed: Callable[..., Campaign], tmp_path: Path
) -> None:
    rows = sweep(changed(seeds=(0, 1), snr_db=(6.0,)), tmp_path / "out", 1, silent)
    estimates = {
        (row["system"], row["picture"], row["seed"]): row["snr_db_estimated"] for row in rows if row["seed"] < 2
    }
    assert len(estimates) == 8
    assert len(set(estimates.values())) == 4


def test_channels_and_seeds_share_one_encoding(
    changed: Callable[..., Campaign], tmp_path: Path, blocks: list[Any]
) -> None:
    sweep(changed(seeds=(0, 1, 2), channels=("awgn", "cable"), snr_db=(6.0,)), tmp_path / "out", 1, silent)
    assert [system.encoded for system in blocks] == [2, 2]


def test_a_killed_campaign_goes_on_and_does_nothing_twice(
    campaign: Campaign, tmp_path: Path, blocks: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = work.Worker._do

    def dies(worker: Any, job: Any, keys: Any) -> Any:
        if len(read_rows(tmp_path / "out")) == 3:
            raise KeyboardInterrupt
        return done(worker, job, keys)

    with monkeypatch.context() as patched:
        patched.setattr(work.Worker, "_do", dies)
        with pytest.raises(KeyboardInterrupt):
            sweep(campaign, tmp_path / "out", 1, silent)
    kept = (tmp_path / "out" / ROWS).read_text()
    assert kept.count("\n") == 3
    (tmp_path / "out" / ROWS).write_text(kept + '{"key": "half a')
    seen: list[int] = []
    rows = sweep(campaign, tmp_path / "out", 1, lambda stage, count, total: seen.append(count))
    assert (tmp_path / "out" / ROWS).read_text().startswith(kept)
    assert len(rows) == len(read_rows(tmp_path / "out")) == 8
    assert (seen[0], seen[-1]) == (3, 8)
    before = [system.encoded for system in blocks]
    assert len(sweep(campaign, tmp_path / "out", 1, silent)) == 8
    assert [system.encoded for system in blocks[: len(before)]] == before
    assert sum(system.encoded for system in blocks[len(before) :]) == 0


def test_other_inputs_are_other_rows(changed: Callable[..., Campaign], campaign: Campaign, tmp_path: Path) -> None:
    sweep(campaign, tmp_path / "out", 1, silent)
    told = changed(told_error_db=(5.0,))
    rows = sweep(told, tmp_path / "out", 1, silent)
    assert {round(row["told_snr_db"] - row["snr_db"], 9) for row in rows} == {5.0}
    assert len(read_rows(tmp_path / "out")) == 16
    cable = sweep(changed(channels=("cable",), snr_db=(12.0,)), tmp_path / "out", 1, silent)
    assert {row["channel"] for row in cable} == {"cable"}
    assert len(read_rows(tmp_path / "out")) == 20


def test_what_a_system_refuses_is_a_row(changed: Callable[..., Campaign], tmp_path: Path) -> None:
    tables = ({"kind": "blocks", "name": "x", "fault": "budget"},)
    rows = sweep(changed(systems=tables), tmp_path / "out", 1, silent)
    assert {row["reason"] for row in rows} == {"the budget is too small: ask for more"}


def test_a_bug_is_no_row(changed: Callable[..., Campaign], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(work, "receive", breaks)
    with pytest.raises(ZeroDivisionError):
        sweep(changed(), tmp_path / "out", 1, silent)
    assert read_rows(tmp_path / "out") == []


def test_kept_pictures_are_beside_the_rows(changed: Callable[..., Campaign], tmp_path: Path) -> None:
    keep = Keep(pictures=("picture1",), snr_db=(12.0,))
    rows = sweep(changed(keep=keep), tmp_path / "out", 1, silent)
    kept = [row for row in rows if row.get("file")]
    assert [(row["picture"], row["snr_db"], row["system"]) for row in kept] == [("picture1.png", 12.0, "whole")]
    assert load(tmp_path / "out" / kept[0]["file"]).shape == (64, 80, 3)
    source = load(tmp_path / "out" / "sources" / f"{kept[0]['picture_digest']}.png")
    assert np.array_equal(source, load(Path(changed().pictures[0]) / "picture1.png"))


def test_a_bound_is_measured_once_and_nothing_is_sent(changed: Callable[..., Campaign], tmp_path: Path) -> None:
    tables = ({"kind": "bound", "name": "best"}, {"kind": "blocks", "name": "whole"})
    many = {"seeds": (0, 1), "told_error_db": (0.0, 5.0), "channels": ("awgn", "desk"), "systems": tables}
    rows = sweep(changed(**many), tmp_path / "out", 1, silent)
    bound = [row for row in rows if row["system"] == "best"]
    assert len(bound) == 2 * 2
    assert len(rows) == len(bound) + 2 * 2 * 8
    assert {(row["sent"], row["channel"], row["told_snr_db"] - row["snr_db"]) for row in bound} == {
        (False, "awgn", 0.0)
    }
    assert [row["psnr_db"] for row in bound if row["snr_db"] < 5] == pytest.approx([20 * math.log10(255)] * 2)
    assert all(0.95 / 8 < row["cbr_frame"] <= 1 / 8 for row in bound)


def test_a_region_is_measured_inside_and_outside(changed: Callable[..., Campaign], tmp_path: Path) -> None:
    rows = sweep(changed(region=(0.25, 0.25, 0.75, 0.75)), tmp_path / "out", 1, silent)
    for row in rows:
        inside, outside = (10 ** (-row[f"psnr_{part}_db"] / 10) for part in ("inside", "outside"))
        whole = 10 ** (-row["psnr_db"] / 10)
        assert 0.25 * inside + 0.75 * outside == pytest.approx(whole, rel=1e-4)


def test_the_summary_has_compressais_shape(campaign: Campaign, tmp_path: Path) -> None:
    rows = sweep(campaign, tmp_path / "out", 1, silent)
    write_summary(tmp_path / "out", summarise(campaign.name, rows))
    document = json.loads((tmp_path / "out" / "systems" / "whole" / "metrics.json").read_text())
    assert set(document) == {"name", "description", "results"}
    assert isinstance(document["name"], str)
    assert isinstance(document["description"], str)
    results = document["results"]
    assert {"bpp", "psnr-rgb", "encoding_time", "decoding_time", "snr_db", "cbr"} <= set(results)
    assert {len(values) for values in results.values()} == {2}
    assert all(math.isfinite(value) for value in results["bpp"])
    assert results["bpp"] == sorted(results["bpp"])
    assert results["snr_db"] == [3.0, 12.0]
    lost = json.loads((tmp_path / "out" / "systems" / "lossy" / "metrics.json").read_text())["results"]
    assert lost["failed"] == lost["pictures"] == [2, 2]
    totals = json.loads((tmp_path / "out" / "summary.json").read_text())["totals"]
    assert (totals["rows"], totals["failed"], totals["pictures"], totals["systems"]) == (8, 4, 2, 2)


def test_names_of_systems_are_fit_for_folders() -> None:
    assert slug("LRISC, 1 step") == "LRISC-1-step"
    assert slug("../..") == "system"


def test_a_process_that_fails_ends_the_run_with_its_reason(
    changed: Callable[..., Campaign], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers of this campaign are other processes, which do not know the kind that only this test has."""
    monkeypatch.setattr(sweeping, "POLL_S", 0.01)
    with pytest.raises(ConfigurationError, match=r"worker-. process failed: no kind of system is called blocks"):
        sweep(changed(), tmp_path / "out", 2, silent)


def test_start_and_perception_reach_the_decoder_and_the_identity(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sampling] = []
    decode = Decoder.decode

    def recording(self: Decoder, received: ReceivedLatents, sampling: Sampling) -> Reconstruction:
        asked.append(sampling)
        return decode(self, received, sampling)

    monkeypatch.setattr(Decoder, "decode", recording)
    table = {"kind": "lrisc", "name": "L", "model": str(tiny_model), "steps": [0, 2]}
    usual = systems.make(table)
    assert usual.identity == f"{SavedModel.read(tiny_model).model_id}-adaptive"
    assert systems.make(table | {"start": "jscc", "perception": 1}).identity == usual.identity
    changes = ({"start": "noise"}, {"perception": 0.5}, {"start": "noise", "perception": 0.5})
    others = [systems.make(table | change) for change in changes]
    assert len({usual.identity, *(other.identity for other in others)}) == 4
    image = np.random.default_rng(1).integers(0, 255, (48, 80, 3), dtype=np.uint8)
    assert isinstance(others[2], LriscBranches)
    assert others[2].names == ("L, JSCC", "L, 2 steps")
    sent = others[2].encode(image, 10.0, lambda _: 400)
    noise_var = np.full(len(sent.symbols), 0.1, dtype=np.float32)
    others[2].decode(ReceivedLatents(1, sent.symbols, noise_var, sent.rate_map, 48, 80, sent.model_id, 10.0, 0.0, 1, 1))
    assert asked == [Sampling(2, "noise", 0.5)]


@pytest.mark.usefixtures("blind")
def test_a_transmitter_that_refines_is_another_system(tiny_model: Path) -> None:
    table = {"kind": "lrisc", "name": "L", "model": str(tiny_model), "steps": [1]}
    plain, refined = (systems.make(table | {"refine": steps}) for steps in (0, 2))
    assert refined.identity == f"{plain.identity}-refined2"
    image = np.random.default_rng(1).integers(0, 255, (48, 80, 3), dtype=np.uint8)
    assert isinstance(plain, LriscBranches)
    assert isinstance(refined, LriscBranches)
    one, other = (system.encode(image, 10.0, lambda _: 400) for system in (plain, refined))
    assert one.rate_map == other.rate_map
    assert not np.array_equal(one.symbols, other.symbols)
    with pytest.raises(ConfigurationError, match="system L: refine is a number of steps, 0 or more"):
        systems.make(table | {"refine": -1})


def test_processes_share_a_campaign_of_the_real_codec(
    changed: Callable[..., Campaign], tmp_path: Path, tiny_model: Path
) -> None:
    tables = ({"kind": "lrisc", "name": "LRISC", "model": str(tiny_model), "steps": [0, 1]},)
    campaign = changed(systems=tables, cbr=("1/12",), snr_db=(12.0,))
    rows = sweep(campaign, tmp_path / "out", 2, silent)
    assert sorted((row["system"], row["picture"]) for row in rows) == [
        ("LRISC, 1 step", "picture0.png"),
        ("LRISC, 1 step", "picture1.png"),
        ("LRISC, JSCC", "picture0.png"),
        ("LRISC, JSCC", "picture1.png"),
    ]
    assert len(read_rows(tmp_path / "out")) == 4
    assert not any(row["failed"] for row in rows)
