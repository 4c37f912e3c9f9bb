# SPDX-License-Identifier: MIT
"""A campaign's tables and the headline's figures: means that can be checked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.campaign_tables import tables
from benchmarks.headline import headline
from benchmarks.picture_rows import picture_row
from lrisc_sdr.evaluation.statistics import mean_interval
from lrisc_sdr.pictures import save_png


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """Two systems, two SNRs, three pictures."""
    lines = []
    for system, gain in (("DeepJSCC", 0.0), ("LRISC, JSCC", 1.0)):
        for snr_db in (-2.0, 10.0):
            for number, own in enumerate((0.0, 3.0, 6.0)):
                row = {
                    "key": f"{system}{snr_db}{number}",
                    "system": system,
                    "picture": f"p{number}",
                    "channel": "awgn",
                    "waveform": "pluto256",
                    "snr_db": snr_db,
                    "told_snr_db": snr_db,
                    "seed": 0,
                    "cbr_asked": 1 / 48,
                    "failed": system == "DeepJSCC" and number == 0,
                    "psnr_db": 20 + own + gain,
                    "lpips": 0.5 - 0.1 * gain,
                }
                lines.append(json.dumps(row))
    (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_means_losses_and_paired_differences(campaign: Path) -> None:
    lines = list(tables(campaign, ["psnr_db", "lpips"], "DeepJSCC"))
    assert lines[0].startswith("### awgn, CBR 1/48")
    assert "| SNR dB | −2 | 10 | mean |" in lines
    assert "| LRISC, JSCC | 24.00 | 24.00 | 24.00 |" in lines
    assert "| DeepJSCC: pictures lost | 1 | 1 | 2 |" in lines
    # Every picture gains the same: the paired interval has no width, however much the pictures differ.
    assert "| LRISC, JSCC | +1.00 (+1.00 to +1.00) | −0.100 (−0.100 to −0.100), −20 % |" in lines
    assert not any("MS-SSIM" in line for line in lines)


def test_an_unknown_reference_is_named(campaign: Path) -> None:
    with pytest.raises(SystemExit, match="no system 'Deep'"):
        list(tables(campaign, ["psnr_db"], "Deep"))


def test_the_headlines_figures(campaign: Path) -> None:
    document = headline([campaign])
    assert document["conditions"] == "awgn, 1/48"
    assert document["snr_db"] == [-2.0, 10.0]
    assert document["jscc"]["psnr_db"] == [24.0, 24.0]
    interval = mean_interval([21.0, 24.0, 27.0])
    assert interval is not None
    assert document["jscc"]["psnr_db_interval"][0] == [round(interval.low, 5), round(interval.high, 5)]
    assert document["deepjscc"]["failed"] == [1, 1]
    assert "kid" not in document["jscc"], "no pictures were kept"


def test_the_headline_tells_seeds_apart_and_takes_further_campaigns(campaign: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (campaign / "rows.jsonl").read_text().splitlines()]
    noisier = [row | {"seed": 1, "lpips": row["lpips"] + 0.01} for row in rows]
    (campaign / "rows.jsonl").write_text("\n".join(map(json.dumps, rows + noisier)) + "\n")
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    others = [row | {"channel": "desk", "lpips": 0.7} for row in rows] + rows[:2] + rows[3:5] + rows[6:8] + rows[9:11]
    (fewer / "rows.jsonl").write_text("\n".join(map(json.dumps, others)) + "\n")
    document = headline([campaign, fewer])
    assert document["deepjscc"]["lpips_by_seed"] == [[0.5, 0.51], [0.5, 0.51]]
    assert document["deepjscc"]["lpips"] == [0.505, 0.505]
    assert document["desk, 1/48"]["jscc"]["lpips"] == [0.7, 0.7]
    assert document["awgn, 1/48, 3 pictures"]["deepjscc"]["psnr_db"] == [21.5, 21.5]


def test_a_campaign_that_is_not_at_its_end_is_refused(campaign: Path) -> None:
    lines = (campaign / "rows.jsonl").read_text().splitlines()
    (campaign / "rows.jsonl").write_text("\n".join(lines[:-3]) + "\n")
    with pytest.raises(SystemExit, match="not there at every SNR"):
        headline([campaign])


@pytest.mark.usefixtures("shared_data")  # AlexNet's weights
def test_kept_pictures_give_the_kernel_distance(campaign: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [json.loads(line) for line in (campaign / "rows.jsonl").read_text().splitlines()]
    for folder in ("sources", "pictures"):
        (campaign / folder).mkdir()
    for number in range(3):
        save_png(campaign / "sources" / f"{number}.png", rng.integers(0, 256, (128, 256, 3), dtype=np.uint8))
    for row in rows:
        row["picture_digest"] = row["picture"][1:]
        row["file"] = f"pictures/{row['key']}.png"
        same = row["system"] == "LRISC, JSCC"
        high = 256 if same else 32
        save_png(campaign / row["file"], rng.integers(0, high, (128, 256, 3), dtype=np.uint8))
    (campaign / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    document = headline([campaign])
    assert all(
        abs(value) < 0.1 * other
        for value, other in zip(document["jscc"]["kid"], document["deepjscc"]["kid"], strict=True)
    )


def test_a_row_of_pictures(campaign: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [json.loads(line) for line in (campaign / "rows.jsonl").read_text().splitlines()]
    (campaign / "sources").mkdir()
    save_png(campaign / "sources" / "d.png", rng.integers(0, 256, (128, 192, 3), dtype=np.uint8))
    for row in rows:
        row |= {"picture_digest": "d", "cbr": "1/48", "file": "sources/d.png"}
    path = picture_row(rows, campaign, "p1", 10.0, "1/48", 64, campaign)
    width, height = Image.open(path).size
    assert width > 3 * 64
    assert height > 64
    with pytest.raises(SystemExit, match="no picture p1 at 10 dB and 1/24"):
        picture_row(rows, campaign, "p1", 10.0, "1/24", 64, campaign)
