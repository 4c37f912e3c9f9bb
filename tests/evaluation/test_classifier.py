# SPDX-License-Identifier: MIT
"""The classifier's forward pass: geometry, and what it sees in pictures whose content is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the classifier needs torch")

from PIL import Image  # noqa: E402

from lrisc_sdr.errors import ConfigurationError  # noqa: E402
from lrisc_sdr.evaluation.classifier import (  # noqa: E402
    FEATURE_CHANNELS,
    FEATURE_STRIDES,
    EfficientNetLite0,
    SameConv2d,
    crop,
)


@pytest.fixture(scope="module")
def network(shared_data: Path) -> EfficientNetLite0:
    return EfficientNetLite0(shared_data / "classifier" / "efficientnet_lite0_fp16.safetensors")


def picture(path: Path) -> torch.Tensor:
    pixels = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255.0
    return torch.from_numpy(pixels).permute(2, 0, 1)[None]


# ImageNet classes of what a person sees in these Kodak pictures: padlock, valley, beacon (a lighthouse), macaw.
SEEN = {"kodim02": 695, "kodim13": 979, "kodim21": 437, "kodim23": 88}


@pytest.mark.parametrize("name", sorted(SEEN))
def test_it_sees_what_is_there(network: EfficientNetLite0, shared_data: Path, name: str) -> None:
    with torch.no_grad():
        assert network(crop(picture(shared_data / "kodak" / f"{name}.png")))[0].argmax() == SEEN[name]


@pytest.mark.parametrize("size", [(64, 64), (97, 130), (32, 33)])
def test_features_have_the_documented_shapes(network: EfficientNetLite0, size: tuple[int, int]) -> None:
    maps = network.features(torch.rand(2, 3, *size))
    expected = [
        (2, channels, -(-size[0] // stride), -(-size[1] // stride))
        for channels, stride in zip(FEATURE_CHANNELS, FEATURE_STRIDES, strict=True)
    ]
    assert [tuple(feature.shape) for feature in maps] == expected


def test_gradients_reach_the_input_and_no_parameter(network: EfficientNetLite0) -> None:
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    torch.stack([feature.square().mean() for feature in network.features(x)]).sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "first"), [(5, 3, 2, 1), (6, 3, 2, 0), (6, 5, 1, 2), (7, 5, 2, 2)]
)
def test_same_padding_puts_the_odd_pixel_right_and_below(size: int, kernel: int, stride: int, first: int) -> None:
    convolution = SameConv2d(1, 1, kernel, stride, bias=False)
    torch.nn.init.zeros_(convolution.weight)
    convolution.weight.data[..., 0, 0] = 1.0  # the output is the input, moved by the padding above and on the left
    x = torch.arange(1.0, size * size + 1).reshape(1, 1, size, size)
    padded = torch.nn.functional.pad(x, (first, kernel, first, kernel))
    outputs = -(-size // stride)
    expected = padded[..., : outputs * stride : stride, : outputs * stride : stride]
    assert torch.equal(convolution(x), expected)


def test_crop_is_the_centre_at_the_classifier_s_scale() -> None:
    x = torch.zeros(1, 3, 256, 512)
    x[..., 16:240, 144:368] = 1.0
    assert torch.equal(crop(x), torch.ones(1, 3, 224, 224))
    assert crop(torch.rand(1, 3, 33, 70)).shape == (1, 3, 224, 224)


def test_a_file_of_something_else_is_refused(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"no weights")
    with pytest.raises(ConfigurationError, match="not the weights"):
        EfficientNetLite0(tmp_path / "x.safetensors")
    with pytest.raises(ConfigurationError, match="not the weights"):
        EfficientNetLite0(shared_data / "lpips" / "lpips_alex_v0.1.safetensors")
