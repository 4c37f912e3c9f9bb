# SPDX-License-Identifier: MIT
"""The models that come with the package, told apart without torch: hosts with radios name them, too."""

from __future__ import annotations

from pathlib import Path

MODELS = Path(__file__).parent / "codec" / "models"
"""A folder a name."""

WEIGHTS = "model.safetensors"
SUMS = "SHA256SUMS"
"""sha256 of the weights, then of the settings."""


def packaged_names(folder: Path = MODELS) -> list[str]:
    """All of them, sorted."""
    return sorted(path.parent.name for path in folder.glob(f"*/{WEIGHTS}"))


def remedy(model_id: str) -> str:
    """What gives a decoder the model of this id: an option with its name, or with the folder that a user has."""
    for name in packaged_names():
        if (MODELS / name / SUMS).read_text().startswith(model_id):
            return f"give --model {name}"
    return "give that model's folder to --model"
