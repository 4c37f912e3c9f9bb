# SPDX-License-Identifier: MIT
"""What the released models make of one picture and one noise. After a model was replaced on purpose:

python tests/codec/golden/test_golden.py       writes outputs.json anew
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lrisc_sdr import framing
from lrisc_sdr.codec import Codec
from lrisc_sdr.codec.saved_model import SavedModel
from lrisc_sdr.diffusion import Decoder
from lrisc_sdr.evaluation import metrics
from lrisc_sdr.pictures import load
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents

PICTURE = Path(__file__).with_name("picture.png")
OUTPUTS = Path(__file__).with_name("outputs.json")
RENEW = "if the model was replaced on purpose, renew them: python tests/codec/golden/test_golden.py"

CASES: dict[str, tuple[str, float, float, str]] = {
    "small, adaptive, 1/48, 10 dB": ("small", 1 / 48, 10.0, "adaptive"),
    "small, adaptive, 1/24, 1 dB": ("small", 1 / 24, 1.0, "adaptive"),
    "small, uniform, 1/48, 10 dB": ("small", 1 / 48, 10.0, "uniform"),
    "base, adaptive, 1/48, 10 dB": ("base", 1 / 48, 10.0, "adaptive"),
    "base, adaptive, 1/24, 1 dB": ("base", 1 / 24, 1.0, "adaptive"),
}
STEPS = 1
SEED = 7

# Another machine's arithmetic moves the last digits of a float, and may move the rate of one cell.
TOLERANCES = {
    "psnr_jscc_db": 0.01, "psnr_db": 0.01, "symbols": 8, "side_bytes": 4, "kurtosis": 0.01, "mean_real": 0.002,
    "mean_imag": 0.002, "neighbours": 0.005,
}  # fmt: skip


def received(latents: Latents, snr_db: float) -> ReceivedLatents:
    """The latents in white noise, which a receiver knows."""
    variance = 10 ** (-snr_db / 10)
    noise = np.random.default_rng(SEED).standard_normal((len(latents.symbols), 2)) @ [1, 1j] * np.sqrt(variance / 2)
    return ReceivedLatents(
        picture_id=SEED,
        symbols=(latents.symbols + noise).astype(np.complex64),
        noise_var=np.full(len(latents.symbols), variance, dtype=np.float32),
        rate_map=latents.rate_map,
        height=latents.height,
        width=latents.width,
        model_id=latents.model_id,
        snr_db=snr_db,
        cfo_hz=0.0,
        frames_received=1,
        frames_sent=1,
    )


def outputs(case: str) -> dict[str, float]:
    """Quality of both pictures, and what the symbols are like."""
    model, cbr, snr_db, mode = CASES[case]
    image: ByteArray = load(PICTURE)
    height, width = image.shape[:2]
    latents = Codec.from_pretrained(model).encode(
        image,
        snr_db,
        lambda n_bytes: framing.plan(height, width, cbr, n_bytes, snr_db).payload_symbols,
        mode=mode,  # type: ignore[arg-type]
    )
    pair = Decoder.from_pretrained(model).decode(received(latents, snr_db), Sampling(STEPS))
    symbols = latents.symbols.astype(np.complex128)
    jscc_db, final_db = (metrics.psnr_db(image, picture) for picture in (pair.jscc, pair.picture))
    assert jscc_db is not None
    assert final_db is not None
    return {
        "psnr_jscc_db": jscc_db,
        "psnr_db": final_db,
        "symbols": len(symbols),
        "side_bytes": len(latents.rate_map),
        "kurtosis": float(np.mean(np.abs(symbols) ** 4)),
        "mean_real": float(symbols.real.mean()),
        "mean_imag": float(symbols.imag.mean()),
        "neighbours": float(np.mean(symbols[1:] * symbols[:-1].conj()).real),
    }


def golden() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(OUTPUTS.read_text())
    return document


def model_ids() -> dict[str, str]:
    return {model: SavedModel.read(model).model_id for model in sorted({case[0] for case in CASES.values()})}


def test_they_belong_to_the_released_models() -> None:
    assert model_ids() == golden()["model_ids"], f"{OUTPUTS.name} is of other weights: {RENEW}"
    assert PICTURE.stat().st_size < 50_000


@pytest.mark.parametrize("case", CASES)
def test_the_same_picture_seed_and_weights_give_the_same_result(case: str) -> None:
    expected, found = golden()["outputs"][case], outputs(case)
    changed = [
        f"{name} was {expected[name]:.5g}, is {found[name]:.5g} (may differ by {tolerance:g})"
        for name, tolerance in TOLERANCES.items()
        if abs(found[name] - expected[name]) > tolerance
    ]
    assert not changed, f"golden outputs changed: {'; '.join(changed)}; {RENEW}"


def draw_picture() -> ByteArray:
    """160×224 with what pictures have: a smooth sky, edges at all angles, fine texture and letters' contrast."""
    rows, columns = np.mgrid[:160, :224].astype(np.float64)
    sky = np.stack([120 + 0.4 * columns, 150 + 0.3 * rows, 220 - 0.5 * rows], axis=-1)
    rng = np.random.default_rng(SEED)
    ground = rows > 95 + 12 * np.sin(columns / 23)
    scales = [rng.standard_normal((160 // k, 224 // k)).repeat(k, 0).repeat(k, 1) * k for k in (1, 2, 4, 8, 16)]
    grain = np.sum(scales, axis=0)
    image = np.where(ground[..., None], np.array([90, 110, 60]) + 2.5 * grain[..., None], sky)
    image[np.hypot(rows - 40, columns - 170) < 22] = (250, 230, 120)
    image[(abs(columns - 60) < 30 - 0.4 * (110 - rows)) & (rows > 40) & (rows < 110)] = (170, 60, 50)
    image[(rows > 120) & (rows < 140) & (columns > 90) & ((columns // 3) % 2 == 0) & (columns < 180)] = (240, 240, 240)
    return image.clip(0, 255).astype(np.uint8)


def renew() -> None:
    """Write what the tests compare with; the picture only where it is missing."""
    if not PICTURE.exists():
        Image.fromarray(draw_picture()).quantize(64).save(PICTURE, optimize=True)
    document = {
        "model_ids": model_ids(),
        "outputs": {case: outputs(case) for case in CASES},
    }
    OUTPUTS.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    renew()
