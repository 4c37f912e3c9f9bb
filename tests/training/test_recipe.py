# SPDX-License-Identifier: MIT
"""Recipes: the shipped ones are valid, and a slip is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.training.recipe import LriscRecipe, read_recipe

RECIPES = sorted((Path(__file__).resolve().parents[2] / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda p: p.stem)
def test_shipped_recipes_are_valid(path: Path) -> None:
    recipe = read_recipe(path)
    assert path.stem == recipe.name or path.stem.startswith(f"{recipe.name}-")
    if isinstance(recipe, LriscRecipe):
        assert recipe.denoiser.guides == recipe.codec.channels
    else:
        assert recipe.name.startswith("deepjscc")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'\n[codec_training]\nstep = 3", "did you mean codec_training.steps"),
        ("name = 'x'\n[link.channel]\nmultipth = 0.1", "did you mean link.channel.multipath"),
        ("name = 'x'\n[codec_training]\nsteps = 'many'", "steps"),
        ("[data]", "name"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_slip_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read_recipe(path)


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        read_recipe(tmp_path / "none.toml")
