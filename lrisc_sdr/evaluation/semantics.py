# SPDX-License-Identifier: MIT
"""What an ImageNet classifier makes of a received picture, against what it makes of the source.

    agreement   1 where both have one class, otherwise 0
    new error   1 where the source's class is not among the received picture's five likeliest, otherwise 0
    cosine      ⟨e(x), e(y)⟩ / (|e(x)| |e(y)|) of the embeddings that the classes are told from

The truth is what the classifier says of the source: a class that it gets wrong there is no error of the link.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from lrisc_sdr.errors import MissingExtra
from lrisc_sdr.evaluation import weights
from lrisc_sdr.types import ByteArray

if TYPE_CHECKING:
    from torch import Tensor

NEAREST_CLASSES = 5


@dataclass(frozen=True)
class Semantics:
    """The three figures of one picture; means over pictures are rates."""

    class_agreement: float
    class_new_error: float
    class_cosine: float


def compare(source: ByteArray, picture: ByteArray) -> Semantics:
    """Compare two pictures u8 `[H, W, 3]`.

    Raises:
        ConfigurationError: torch or the classifier's weights are missing.
    """
    import torch

    with torch.inference_mode():
        (e, classes), (f, others) = (_view(image) for image in (source, picture))
        best = int(classes.argmax())
        nearest = others.topk(NEAREST_CLASSES).indices.tolist()
        cosine = float(torch.nn.functional.cosine_similarity(e, f, dim=0))
    return Semantics(float(best == nearest[0]), float(best not in nearest), cosine)


def _view(image: ByteArray) -> tuple[Tensor, Tensor]:
    """Embedding `[1280]` and logits `[1000]` of a picture."""
    import torch

    network, crop = _classifier()
    tensor = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].to(torch.float32) / 255.0
    embedding = network.embedding(crop(tensor))
    return embedding[0], network.fc(embedding)[0]


@lru_cache(maxsize=1)
def _classifier() -> Any:
    try:
        from lrisc_sdr.evaluation.classifier import EfficientNetLite0, crop
    except ImportError as error:
        raise MissingExtra("torch", "metrics") from error
    return EfficientNetLite0(weights.classifier()), crop
