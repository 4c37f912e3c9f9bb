# SPDX-License-Identifier: MIT
"""What makes a picture look right, as a loss: distances in the features of two networks that judge no result.

The headline's metric, LPIPS with AlexNet, is in no loss: a refiner trained on it learns to please AlexNet and nobody
else.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import weights
from lrisc_sdr.evaluation.classifier_distance import ClassifierDistance
from lrisc_sdr.evaluation.lpips import Lpips


@dataclass(frozen=True)
class PictureLossConfig:
    """L = a·‖x − x̂‖² + b·d_classifier(x, x̂) + c·LPIPS_VGG(x, x̂).

    Attributes:
        error_weight: a, of the squared error of pictures in [0, 1].
        classifier_weight: b, of the distance in EfficientNet-Lite0's features.
        vgg_weight: c, of LPIPS with VGG16.
        vgg_pictures, vgg_side: how many pictures of a batch VGG16 sees, and how large a square of each `[pixels]`.
    """

    error_weight: float = 25.0
    classifier_weight: float = 1.0
    vgg_weight: float = 1.5
    vgg_pictures: int = 4
    vgg_side: int = 64


@dataclass(frozen=True)
class PerceptualDistances:
    """Means over a batch, and what they were told from.

    Attributes:
        classifier: the distance in the classifier's features.
        vgg: LPIPS with VGG16, on squares at random places.
        estimated, wanted: the classifier's maps, as `ClassifierDistance.maps` gives them, of the estimate and (without
            gradient) of the target.
    """

    classifier: Tensor
    vgg: Tensor
    estimated: list[Tensor]
    wanted: list[Tensor]


def require_weights() -> None:
    """Find the networks' weights without making the loss.

    Raises:
        ConfigurationError: they are not at hand.
    """
    try:
        weights.classifier()
        weights.lpips("vgg")
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the diffusion decoder's loss needs weights: {error}; "
            "or train the codec alone, with steps = 0 in [diffusion_training]"
        ) from error


class PerceptualLoss(nn.Module):
    """Distances between pictures in [-1, 1], `[b, 3, H, W]`.

    Args:
        vgg_pictures: pictures of a batch that VGG16 looks at; it costs more than all else together.
        vgg_side: side of the square that it looks at `[pixels]`.

    Raises:
        ConfigurationError: the weights are not at hand.
    """

    def __init__(self, vgg_pictures: int, vgg_side: int) -> None:
        super().__init__()
        self.vgg_pictures = vgg_pictures
        self.vgg_side = vgg_side
        self.classifier = ClassifierDistance()
        self.vgg = Lpips("vgg")
        self.eval().requires_grad_(False)

    def forward(self, estimate: Tensor, target: Tensor, generator: torch.Generator) -> PerceptualDistances:
        estimate, target = (estimate + 1) / 2, (target + 1) / 2
        with torch.no_grad():
            wanted = self.classifier.maps(target)
        estimated = self.classifier.maps(estimate)
        top, left = (int(torch.randint(side - self.vgg_side + 1, (), generator=generator)) for side in target.shape[2:])
        # The batch's groups differ in channel and rate: take pictures from all of them.
        stride = max(1, len(target) // self.vgg_pictures)
        square = (
            slice(None, None, stride),
            slice(None),
            slice(top, top + self.vgg_side),
            slice(left, left + self.vgg_side),
        )
        vgg = self.vgg(estimate[square], target[square]).mean()
        return PerceptualDistances(self.classifier(estimated, wanted), vgg, estimated, wanted)
