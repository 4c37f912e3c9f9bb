# SPDX-License-Identifier: MIT
"""Metrics by name, regions, and what the classifier says of a received picture."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrisc_sdr import pictures
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import scoring, semantics, weights
from lrisc_sdr.evaluation.regions import box, check_edges, psnr_by_region_db
from lrisc_sdr.evaluation.scoring import Scorer
from lrisc_sdr.types import ByteArray


@pytest.fixture
def source() -> ByteArray:
    return np.random.default_rng(1).integers(0, 256, (40, 48, 3), dtype=np.uint8)


@given(st.integers(0, 255), st.integers(0, 255))
def test_inside_and_outside_are_told_apart(inside: int, outside: int) -> None:
    region = box(20, 30, (0.0, 0.5, 0.5, 1.0))
    assert region.sum() == 10 * 15
    source = np.zeros((20, 30, 3), dtype=np.uint8)
    picture = np.where(region[..., None], inside, outside).astype(np.uint8).repeat(3, axis=2)
    for level, value in zip((inside, outside), psnr_by_region_db(source, picture, region), strict=True):
        assert value == (math.inf if level == 0 else pytest.approx(20 * math.log10(255 / level), abs=1e-4))


def test_a_region_of_another_size_is_refused_and_an_empty_one_has_no_psnr(source: ByteArray) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        psnr_by_region_db(source, source, np.ones((4, 4), dtype=bool))
    assert psnr_by_region_db(source, source, np.ones(source.shape[:2], dtype=bool)) == (math.inf, None)


@pytest.mark.parametrize(
    "edges", [(), (0.0, 0.0, 1.0), (0.0, 0.0, 1.1, 1.0), (0.5, 0.0, 0.5, 1.0), (0.0, 0.0, 1.0, math.nan)]
)
def test_edges_that_are_no_rectangle_are_refused(edges: tuple[float, ...]) -> None:
    with pytest.raises(ConfigurationError, match="top, left, bottom, right"):
        check_edges(edges)


def test_a_lost_picture_scores_as_mid_grey(source: ByteArray) -> None:
    scorer = Scorer(source, ("psnr_db", "ms_ssim"), box(40, 48, (0.0, 0.0, 0.5, 0.5)))
    grey = scorer.score(np.full_like(source, 128))
    assert scorer.score_nothing() == grey
    assert set(grey.values) == {"psnr_db", "ms_ssim", "psnr_inside_db", "psnr_outside_db"}
    assert grey.values["psnr_db"] == pytest.approx(10.8, abs=0.2)  # uniform noise: a variance of 255²/12


def test_equal_pictures_have_no_finite_values(source: ByteArray) -> None:
    scored = Scorer(source, ("psnr_db",), box(40, 48, (0.0, 0.0, 0.5, 0.5))).score(source)
    assert scored.values == {"psnr_db": None, "psnr_inside_db": None, "psnr_outside_db": None}
    assert all("equal" in scored.notes[name] for name in scored.values)


def test_every_name_has_a_field() -> None:
    plain = [name for name in scoring.NAMES if name != scoring.SEMANTIC]
    assert {*plain, *scoring.SEMANTIC_FIELDS, *scoring.REGION_FIELDS} == set(scoring.FIELDS)


def test_a_good_copy_keeps_its_class_and_another_picture_does_not(shared_data: Path) -> None:
    pytest.importorskip("torch", reason="the classifier needs torch")
    macaw, lighthouse = (pictures.load(shared_data / "kodak" / f"kodim{n}.png") for n in (23, 21))
    lighthouse = np.ascontiguousarray(lighthouse[: macaw.shape[0], : macaw.shape[1]])
    noisy = np.clip(macaw + np.random.default_rng(1).normal(0, 4, macaw.shape), 0, 255).astype(np.uint8)
    good, bad = semantics.compare(macaw, noisy), semantics.compare(macaw, lighthouse)
    assert (good.class_agreement, good.class_new_error) == (1.0, 0.0)
    assert good.class_cosine > 0.9
    assert (bad.class_agreement, bad.class_new_error) == (0.0, 1.0)
    assert bad.class_cosine < good.class_cosine - 0.2
    same = semantics.compare(macaw, macaw)
    assert same.class_cosine == pytest.approx(1.0, abs=1e-5)


def test_without_weights_the_classifier_is_a_note(
    source: ByteArray, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("torch", reason="the classifier needs torch")
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path])
    semantics._classifier.cache_clear()
    scored = Scorer(source, ("psnr_db", "semantic")).score(255 - source)
    semantics._classifier.cache_clear()
    assert scored.values["class_agreement"] is None
    assert scored.values["psnr_db"] is not None
    assert weights.VARIABLE in scored.notes["semantic"]
