# SPDX-License-Identifier: MIT
"""The distance that a classifier sees: none of a picture from itself, more of one that is further away."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the classifier needs torch")

from lrisc_sdr.errors import ConfigurationError  # noqa: E402
from lrisc_sdr.evaluation.classifier_distance import CHANNELS, ClassifierDistance  # noqa: E402


@pytest.fixture(scope="module")
def distance() -> ClassifierDistance:
    try:
        return ClassifierDistance()
    except ConfigurationError as error:
        pytest.skip(str(error))


def test_maps_are_directions_and_noise_leads_away(distance: ClassifierDistance) -> None:
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(1, 3, 64, 64, generator=generator)
    noise = torch.randn(picture.shape, generator=generator)
    wanted = distance.maps(picture)
    assert [maps.shape[1] for maps in wanted] == list(CHANNELS)
    for maps in wanted:
        torch.testing.assert_close(maps.norm(dim=1), torch.ones_like(maps[:, 0]), atol=1e-3, rtol=0)
    near, far = (float(distance(distance.maps(picture + level * noise), wanted)) for level in (0.02, 0.2))
    assert float(distance(wanted, wanted)) == 0
    assert 0 < near < far < 4
