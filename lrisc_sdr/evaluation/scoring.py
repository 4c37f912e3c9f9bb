# SPDX-License-Identifier: MIT
"""Metrics of many received pictures against one source, by name.

name         fields of a row
psnr_db, ms_ssim, lpips, lpips_vgg, dists: one of that name
semantic     class_agreement, class_new_error, class_cosine
(a region)   psnr_inside_db, psnr_outside_db
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType

import numpy as np

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.evaluation import metrics, semantics
from lrisc_sdr.evaluation.regions import BoolArray, psnr_by_region_db
from lrisc_sdr.types import ByteArray

SEMANTIC = "semantic"
NAMES = (*metrics.NAMES, SEMANTIC)
SEMANTIC_FIELDS = tuple(entry.name for entry in fields(semantics.Semantics))
REGION_FIELDS = ("psnr_inside_db", "psnr_outside_db")
GREY_LEVEL = 128


@dataclass(frozen=True)
class Metric:
    """How a field is read.

    Attributes:
        label: for tables and axes, with its unit.
        larger_is_better: which way is up.
        digits: after the point.
    """

    label: str
    larger_is_better: bool
    digits: int


FIELDS: Mapping[str, Metric] = MappingProxyType(
    {
        "psnr_db": Metric("PSNR [dB]", True, 2),
        "ms_ssim": Metric("MS-SSIM", True, 4),
        "lpips": Metric("LPIPS (AlexNet, v0.1)", False, 3),
        "lpips_vgg": Metric("LPIPS (VGG16, v0.1)", False, 3),
        "dists": Metric("DISTS", False, 3),
        "class_agreement": Metric("class agreement", True, 3),
        "class_new_error": Metric("new-error rate", False, 3),
        "class_cosine": Metric("class cosine", True, 3),
        "psnr_inside_db": Metric("PSNR inside the region [dB]", True, 2),
        "psnr_outside_db": Metric("PSNR outside the region [dB]", True, 2),
    }
)


@dataclass(frozen=True)
class Scored:
    """Values by field, None where one cannot be had; `notes` then says why."""

    values: Mapping[str, float | None]
    notes: Mapping[str, str] = field(default_factory=dict)


class Scorer:
    """One source, to which received pictures are compared.

    Args:
        source: u8 `[H, W, 3]`.
        names: of `NAMES`.
        region: bool `[H, W]`, whose inside and outside are measured as well.
    """

    def __init__(self, source: ByteArray, names: Sequence[str], region: BoolArray | None = None) -> None:
        self._source = source
        self._plain = [name for name in names if name != SEMANTIC]
        self._semantic = SEMANTIC in names
        self._region = region
        self._memory: metrics.Memory = {}
        self._grey: Scored | None = None

    def score(self, picture: ByteArray) -> Scored:
        """Compare a picture u8 `[H, W, 3]` with the source."""
        scores = metrics.compare(self._source, picture, self._plain, self._memory)
        values: dict[str, float | None] = {name: getattr(scores, name) for name in self._plain}
        notes = dict(scores.notes)
        if self._semantic:
            try:
                values |= asdict(semantics.compare(self._source, picture))
            except ConfigurationError as error:
                values |= dict.fromkeys(SEMANTIC_FIELDS)
                notes[SEMANTIC] = str(error)
        if self._region is not None:
            parts = psnr_by_region_db(self._source, picture, self._region)
            for name, value in zip(REGION_FIELDS, parts, strict=True):
                values[name] = value if value is not None and math.isfinite(value) else None
                if values[name] is None:
                    notes[name] = "no such pixels" if value is None else "the pixels are equal: infinite"
        return Scored(values, notes)

    def score_nothing(self) -> Scored:
        """The scores of a picture that did not arrive: what is seen in its place is mid-grey."""
        if self._grey is None:
            self._grey = self.score(np.full_like(self._source, GREY_LEVEL))
        return self._grey
