# SPDX-License-Identifier: MIT
from __future__ import annotations

import json
import math

import pytest

from benchmarks.rows import Curve, Measured, Row, at_least, at_most, decibels, document, ratio


def test_document_is_json_with_the_promised_fields() -> None:
    row = Row("speed", 12.3456789, "Msps", "≥ 3 × peer", None, {"peer": None, "limit": math.inf})
    curve = Curve("speed", "", "ours", "ours", [1.0, 2.0], [math.nan, 3.0])
    made = json.loads(json.dumps(document(Measured([row], [curve]), {"numpy": "1"}, {"quick": True}), allow_nan=False))
    assert set(made) == {"rows", "curves", "versions", "run"}
    assert {"what", "value", "unit", "goal", "met", "beside"} <= set(made["rows"][0])
    assert made["rows"][0]["value"] == 12.3457
    assert made["rows"][0]["beside"] == {"peer": None, "limit": None}
    assert made["curves"][0]["y"] == [None, 3.0]
    assert made["run"] == {"quick": True}


@pytest.mark.parametrize(
    ("value", "limit", "least", "most"),
    [
        (2.0, 1.0, True, False),
        (1.0, 1.0, True, True),
        (0.5, 1.0, False, True),
        (None, 1.0, None, None),
        (1.0, None, None, None),
    ],
)
def test_goals(value: float | None, limit: float | None, least: bool | None, most: bool | None) -> None:
    assert at_least(value, limit) is least
    assert at_most(value, limit) is most


def test_ratio_of_what_is_missing_is_missing() -> None:
    assert ratio(6.0, 3.0) == 2.0
    assert ratio(None, 3.0) is None
    assert ratio(6.0, None) is None
    assert decibels(100.0) == pytest.approx(20.0)
