# SPDX-License-Identifier: MIT
"""The parts of stage B's loss that are its own."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.training.diffusion_stage import excess_error


def test_what_a_crop_may_spend_costs_nothing() -> None:
    jscc = torch.tensor([0.001, 0.01])
    assert excess_error(1.25 * jscc, jscc, 1.0) == 0
    assert excess_error(0.1 * jscc, jscc, 1.0) == 0


def test_a_flat_crop_pays_for_its_own_share() -> None:
    jscc = torch.tensor([0.0001, 0.01])
    spent = torch.tensor([0.0003, 0.01])
    # Together they have lost 0.09 dB; the flat one alone three times its error, of which 10^0.1 are free.
    assert float(excess_error(spent, jscc, 1.0)) == pytest.approx((3 - 10**0.1) / 2, rel=1e-5)


def test_a_crop_without_error_divides_by_no_zero() -> None:
    assert torch.isfinite(excess_error(torch.tensor([1e-4]), torch.zeros(1), 1.0))
