# SPDX-License-Identifier: MIT
"""A system that is quick, and campaigns of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr.campaigns import systems
from lrisc_sdr.campaigns.campaign import Campaign, read_campaign
from lrisc_sdr.errors import ConfigurationError, SideInformationLost
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

BLOCK = 8


class Blocks:
    """Sends the mean colour of every 8×8 block as a pair of symbols' parts; what it cannot do it says.

    Args:
        name: of its rows.
        fault: "budget" refuses to encode, "lost" refuses to decode.
    """

    def __init__(self, name: str, fault: str = "") -> None:
        self.name = name
        self.fault = fault
        self.encoded = 0

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        self.encoded += 1
        height, width = image.shape[:2]
        grey = image.mean(axis=2)[: height // BLOCK * BLOCK, : width // BLOCK * BLOCK]
        means = grey.reshape(height // BLOCK, BLOCK, -1, BLOCK).mean(axis=(1, 3)).ravel() / 64 - 2
        if self.fault == "budget" or means.size > budget(0):
            raise ConfigurationError("the budget is too small:\nask for more")
        return Latents(means.astype(np.complex64), b"", height, width, "00000000")

    def decode(self, received: ReceivedLatents) -> ByteArray:
        if self.fault == "lost":
            raise SideInformationLost("the map is gone")
        rows = received.height // BLOCK
        grey = ((received.symbols.real + 2) * 64).reshape(rows, -1).clip(0, 255).astype(np.uint8)
        image = np.full((received.height, received.width, 3), 128, dtype=np.uint8)
        block = grey.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
        image[: block.shape[0], : block.shape[1]] = block[..., None]
        return image


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[Blocks]:
    """The kind "blocks" among the systems; the list has those that were made."""
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Options:
        fault: str = ""

    made: list[Blocks] = []

    def make(name: str, options: Any) -> systems.Branches:
        made.append(Blocks(name, options.fault))
        return systems.Single(name, made[-1], f"blocks {options.fault}")

    def bound(name: str, options: Any) -> systems.Bound:
        return systems.Bound(name, lambda image, snr_db, budget: image ^ (snr_db < 5.0) ^ (budget(0) < 1), "bound")

    # The annotation is text here, and the class is local: the strict reader looks it up by this.
    Options.__annotations__ = {"fault": str}
    kinds = {
        **systems.KINDS,
        "blocks": systems.Kind(Options, make, "codec"),
        "bound": systems.Kind(Options, bound, "codec"),
    }
    monkeypatch.setattr(systems, "KINDS", kinds)
    return made


@pytest.fixture
def folder_of_pictures(tmp_path: Path) -> Path:
    """Two pictures of 64 × 80."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rows, columns = np.mgrid[0:64, 0:80]
    for number in range(2):
        image = np.stack([rows * 3, columns * 2, (rows + columns) * (number + 0.5)], axis=-1).clip(0, 255)
        Image.fromarray(image.astype(np.uint8)).save(folder / f"picture{number}.png")
    return folder


CAMPAIGN = """
name = "small"
pictures = ["pictures"]
snr_db = [3.0, 12.0]
cbr = ["1/8"]
metrics = ["psnr_db"]

[[systems]]
kind = "blocks"
name = "whole"

[[systems]]
kind = "blocks"
name = "lossy"
fault = "lost"
"""


@pytest.fixture
def campaign(tmp_path: Path, folder_of_pictures: Path, blocks: list[Blocks]) -> Campaign:
    """Two systems, one of which loses every picture, two pictures, two SNRs: eight rows."""
    path = tmp_path / "small.toml"
    path.write_text(CAMPAIGN)
    return read_campaign(path)


@pytest.fixture
def changed(campaign: Campaign) -> Callable[..., Campaign]:
    """The campaign with other values."""
    return lambda **values: replace(campaign, **values)


def row(**values: Any) -> dict[str, Any]:
    """A row as a sweep writes it, of made-up figures."""
    plain = {
        "system": "A", "picture": "p.png", "picture_digest": "d0", "height": 64, "width": 80, "identity": "one",
        "snr_db": 10.0, "told_snr_db": 10.0, "cbr": "1/48", "cbr_asked": 1 / 48, "channel": "awgn", "seed": 0,
        "waveform": "pluto256", "cbr_frame": 0.0205, "side_share": 0.03, "encode_s": 0.5, "modem_s": 0.1,
        "decode_s": 1.5, "failed": False, "reason": None, "psnr_db": 30.0, "notes": {}, "measure_s": 0.1,
    }  # fmt: skip
    merged = plain | values
    return {"key": json.dumps(merged, sort_keys=True), **merged}


@pytest.fixture(name="row")
def row_fixture() -> Callable[..., dict[str, Any]]:
    return row
