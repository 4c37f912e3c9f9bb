# SPDX-License-Identifier: MIT
"""LPIPS and DISTS against the values that their authors publish, and in parts against the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="LPIPS and DISTS need torch")

from PIL import Image  # noqa: E402

from lrisc_sdr.errors import ConfigurationError  # noqa: E402
from lrisc_sdr.evaluation import weights  # noqa: E402
from lrisc_sdr.evaluation.dists import Dists  # noqa: E402
from lrisc_sdr.evaluation.lpips import Lpips  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def folder(shared_data: Path) -> Path:
    return shared_data / "lpips"


def picture(path: Path) -> torch.Tensor:
    pixels = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255.0
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


@pytest.mark.parametrize(
    ("net", "name", "published", "validated"),
    [
        ("alex", "ex_p0", 0.722, 0.721881),
        ("alex", "ex_p1", 0.138, 0.137566),
        ("vgg", "ex_p0", 0.569, 0.568593),
        ("vgg", "ex_p1", 0.422, 0.421655),
    ],
)
def test_lpips_has_the_published_values(
    folder: Path, net: weights.Net, name: str, published: float, validated: float
) -> None:
    reference, distorted = (picture(folder / "ref_images" / f"{n}.png") for n in ("ex_ref", name))
    value = float(Lpips(net)(reference, distorted))
    assert value == pytest.approx(published, abs=6e-4)
    assert value == pytest.approx(validated, abs=3e-6)


def test_dists_has_the_published_value(folder: Path) -> None:
    value = float(Dists()(*(picture(folder / "ref_images" / f"{name}.png") for name in ("r0", "r1"))))
    assert value == pytest.approx(0.3347, abs=1e-4)
    assert value == pytest.approx(0.334658, abs=3e-6)


@pytest.mark.parametrize("size", [(384, 272), (257, 401)])
def test_parts_give_the_value_of_the_whole(folder: Path, shared_data: Path, size: tuple[int, int]) -> None:
    reference = picture(shared_data / "kodak" / "kodim08.png")[..., : size[0], : size[1]]
    noise = torch.randn(reference.shape, generator=torch.Generator().manual_seed(0))
    distorted = (reference + 0.1 * noise).clamp(0, 1)
    for metric, core in ((Lpips("alex"), 128), (Dists(), 256)):
        whole = float(metric(reference, distorted))
        assert metric.tiled(reference, distorted, core=core, whole_pixels=0) == pytest.approx(whole, rel=2e-5)
        assert metric.tiled(reference, distorted) == pytest.approx(whole, rel=2e-5)


def test_a_remembered_source_gives_the_same_values_and_is_used(folder: Path) -> None:
    source, first, second = (torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(n)) for n in range(3))
    for metric in (Lpips("alex"), Dists()):
        memory: dict[str, list[torch.Tensor]] = {}
        for other in (first, second):
            assert metric.tiled(source, other, memory=memory) == metric.tiled(source, other)
        assert metric.tiled(torch.zeros_like(source), second, memory=memory) == metric.tiled(source, second)
        x, y = (picture_.repeat(1, 1, 6, 5) for picture_ in (first, second))
        assert metric.tiled(x, y, 128, 0, memory={}) == metric.tiled(x, y, 128, 0)


def test_equal_pictures_are_at_distance_zero_with_finite_gradients() -> None:
    x = torch.zeros(1, 3, 48, 48, requires_grad=True)
    for metric in (Lpips("alex"), Dists()):
        distance = metric(x, torch.zeros_like(x))
        assert float(distance.detach()) == pytest.approx(0.0, abs=1e-6)
        (gradient,) = torch.autograd.grad(metric(x, torch.rand(x.shape)).sum(), x)
        assert torch.isfinite(gradient).all()
        assert float(gradient.abs().sum()) > 0


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="not those"):
        Lpips("vgg", state=weights.lpips("alex"))
    with pytest.raises(ConfigurationError, match="not those"):
        Lpips("alex", state=weights.backbone("alex"))
    with pytest.raises(ConfigurationError, match="not those"):
        Dists(state={"alpha": torch.ones(3), "beta": torch.ones(3)})
