# SPDX-License-Identifier: MIT
"""EfficientNet-Lite0, an ImageNet classifier: semantic consistency of a picture, features for training losses.

Tan & Le, "EfficientNet", ICML 2019; the Lite variants drop squeeze-and-excitation and use ReLU6. Batch normalisation is
folded into the convolutions, so that there is nothing to train and no difference between training and evaluation mode.

    x ─► stem 3×3/2 ─► 16 × MBConv ─► head 1×1 ─► mean over space ─► fc ─► logits
           │             │  │  │  │                  └─ embedding [N, 1280]
           s2            s2 s4 s8 s16 s32   features
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from torch.nn import functional as F

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation.classifier_weights import BlockSpec, read

# Blocks after which a feature map is given out: the last ones at strides 2, 4, 8, 16 and 32.
FEATURE_BLOCKS = (0, 2, 4, 10, 15)
FEATURE_STRIDES = (2, 2, 4, 8, 16, 32)
FEATURE_CHANNELS = (32, 16, 24, 40, 112, 320)

INPUT_SIZE = 224
RESIZED_SHORT_SIDE = 256


class SameConv2d(nn.Conv2d):
    """Convolution with TensorFlow's "SAME" padding: ⌈n/s⌉ outputs, an odd padding's extra pixel right and below."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name in torch
        """[N, C, H, W] to [N, C', ⌈H/s⌉, ⌈W/s⌉]."""
        totals = [
            max((-(-n // s) - 1) * s + k - n, 0)
            for n, s, k in zip(input.shape[-2:], self.stride, self.kernel_size, strict=True)
        ]
        (top, bottom), (left, right) = [(total // 2, total - total // 2) for total in totals]
        return super().forward(F.pad(input, (left, right, top, bottom)))


class MBConv(nn.Module):
    """expand 1×1 → ReLU6 → depthwise k×k → ReLU6 → project 1×1, plus the input where the shapes agree."""

    def __init__(self, spec: BlockSpec) -> None:
        super().__init__()
        hidden = spec.i * spec.e
        self.expand = nn.Conv2d(spec.i, hidden, 1) if spec.e > 1 else nn.Identity()
        self.dw = SameConv2d(hidden, hidden, spec.k, spec.s, groups=hidden)
        self.project = nn.Conv2d(hidden, spec.o, 1)
        self.expands = spec.e > 1
        self.residual = spec.s == 1 and spec.i == spec.o

    def forward(self, x: Tensor) -> Tensor:
        """[N, i, H, W] to [N, o, ⌈H/s⌉, ⌈W/s⌉]."""
        hidden = F.relu6(self.expand(x)) if self.expands else x
        out: Tensor = self.project(F.relu6(self.dw(hidden)))
        return x + out if self.residual else out


class EfficientNetLite0(nn.Module):
    """The network with its weights, frozen: gradients pass through it to its input, none reach its parameters.

    Args:
        weights: either of the files of `classifier_weights.read`.

    Raises:
        ConfigurationError: the file is not such a file.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        state, specs = read(weights)
        self.stem = SameConv2d(3, 32, 3, 2)
        self.blocks = nn.ModuleList(MBConv(spec) for spec in specs)
        self.head = nn.Conv2d(specs[-1].o, 1280, 1)
        self.fc = nn.Linear(1280, 1000)
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            raise ConfigurationError(f"{weights}: not the weights of an EfficientNet-Lite0") from error
        self.requires_grad_(False)
        self.eval()

    def features(self, x: Tensor) -> list[Tensor]:
        """Feature maps at strides 2, 2, 4, 8, 16 and 32.

        Args:
            x: `[N, 3, H, W]`, RGB in [0, 1], any size.

        Returns:
            Six tensors `[N, C, ⌈H/s⌉, ⌈W/s⌉]` with C of `FEATURE_CHANNELS` and s of `FEATURE_STRIDES`: the stem after
            its ReLU6, then outputs of blocks, which are linear (no activation follows them). Not normalised.
        """
        x = F.relu6(self.stem((255.0 * x - 127.0) / 128.0))
        maps = [x]
        for index, block in enumerate(self.blocks):
            x = block(x)
            if index in FEATURE_BLOCKS:
                maps.append(x)
        return maps

    def embedding(self, x: Tensor) -> Tensor:
        """`[N, 1280]`, what the classes are told from; `x` as for `features`."""
        return F.relu6(self.head(self.features(x)[-1])).mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Logits `[N, 1000]` of the ImageNet classes; `x` as for `features`, best prepared by `crop`."""
        logits: Tensor = self.fc(self.embedding(x))
        return logits


def crop(x: Tensor) -> Tensor:
    """The classifier's own preparation: short side to 256 (bicubic, antialiased), the central 224×224.

    Args:
        x: `[N, 3, H, W]`, RGB in [0, 1].

    Returns:
        `[N, 3, 224, 224]`, RGB in [0, 1].
    """
    height, width = x.shape[-2:]
    scale = RESIZED_SHORT_SIDE / min(height, width)
    size = (max(RESIZED_SHORT_SIDE, round(height * scale)), max(RESIZED_SHORT_SIDE, round(width * scale)))
    x = F.interpolate(x, size=size, mode="bicubic", antialias=True).clamp(0.0, 1.0)
    top, left = ((n - INPUT_SIZE) // 2 for n in size)
    return x[..., top : top + INPUT_SIZE, left : left + INPUT_SIZE]
