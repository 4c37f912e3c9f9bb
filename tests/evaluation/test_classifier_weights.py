# SPDX-License-Identifier: MIT
"""The classifier's weights from the package's file: normalisations folded, names and blocks as ours."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the classifier needs torch")

from lrisc_sdr.errors import ConfigurationError  # noqa: E402
from lrisc_sdr.evaluation.classifier_weights import EPSILON, BlockSpec, folded, read  # noqa: E402


def convolution(state: dict, conv: str, norm: str, *shape: int) -> tuple[torch.Tensor, torch.nn.BatchNorm2d]:
    """A convolution with its normalisation, as drawn, and in the package's form in `state`."""
    weight = torch.randn(shape)
    normalisation = torch.nn.BatchNorm2d(shape[0], eps=EPSILON).eval()
    with torch.no_grad():
        for values in (normalisation.weight, normalisation.bias, normalisation.running_mean):
            values.normal_()
        normalisation.running_var.uniform_(0.1, 2)
    state[conv + ".weight"] = weight
    state.update({f"{norm}.{name}": values for name, values in normalisation.state_dict().items()})
    return weight, normalisation


def test_normalisations_are_folded_and_blocks_are_told_by_their_shapes() -> None:
    torch.manual_seed(1)
    state = {"_fc.weight": torch.randn(10, 20), "_fc.bias": torch.randn(10)}
    layers = {
        "stem": convolution(state, "_conv_stem", "_bn0", 8, 3, 3, 3),
        "blocks.0.dw": convolution(state, "_blocks.0._depthwise_conv", "_blocks.0._bn1", 8, 1, 3, 3),
        "blocks.0.project": convolution(state, "_blocks.0._project_conv", "_blocks.0._bn2", 4, 8, 1, 1),
        "blocks.1.expand": convolution(state, "_blocks.1._expand_conv", "_blocks.1._bn0", 24, 4, 1, 1),
        "blocks.1.dw": convolution(state, "_blocks.1._depthwise_conv", "_blocks.1._bn1", 24, 1, 5, 5),
        "blocks.1.project": convolution(state, "_blocks.1._project_conv", "_blocks.1._bn2", 6, 24, 1, 1),
        "head": convolution(state, "_conv_head", "_bn1", 20, 6, 1, 1),
    }
    weights, specs = folded(state)
    assert specs == [BlockSpec(3, 1, 1, 8, 4), BlockSpec(5, 2, 6, 4, 6)]
    assert set(weights) == {f"{name}.{kind}" for name in (*layers, "fc") for kind in ("weight", "bias")}
    for name, (weight, normalisation) in layers.items():
        groups = weight.shape[0] if name.endswith("dw") else 1
        x = torch.randn(1, weight.shape[1] * groups, 9, 9)
        with torch.no_grad():
            wanted = normalisation(torch.nn.functional.conv2d(x, weight, groups=groups))
        found = torch.nn.functional.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], groups=groups)
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_what_is_neither_file_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"no weights")
    with pytest.raises(ConfigurationError, match="not the weights of an EfficientNet-Lite0"):
        read(path)
