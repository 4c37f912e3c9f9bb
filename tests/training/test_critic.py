# SPDX-License-Identifier: MIT
"""The adversary: what it learns from, and what it must not touch."""

from __future__ import annotations

import pytest
import torch

from lrisc_sdr.training.critic import Critic, critic_loss, decoder_loss

CHANNELS = (3, 5)


@pytest.fixture
def seen() -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(2, 3, 16, 16), torch.randn(2, 5, 8, 8)], torch.randn(2, 3, 32, 32), torch.randn(2, 3, 32, 32)


def test_a_logit_for_every_place_of_every_head(seen: tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]) -> None:
    logits = Critic(CHANNELS)(*seen)
    assert [tuple(values.shape) for values in logits] == [(2, 1, 16, 16), (2, 1, 8, 8), (2, 1, 8, 8), (2, 1, 4, 4)]


def test_the_hinge_rests_once_both_are_told_apart() -> None:
    true, decoded = [torch.full((1, 1, 2, 2), 1.5)], [torch.full((1, 1, 2, 2), -1.5)]
    assert float(critic_loss(true, decoded)) == 0
    assert float(critic_loss(decoded, true)) == pytest.approx(5.0)


def test_the_decoders_loss_leaves_the_critic_alone(
    seen: tuple[list[torch.Tensor], torch.Tensor, torch.Tensor],
) -> None:
    critic = Critic(CHANNELS)
    maps, pictures, jscc = seen
    pictures.requires_grad_()
    decoder_loss(critic, maps, pictures, jscc).backward()
    assert pictures.grad is not None
    assert float(pictures.grad.abs().sum()) > 0
    assert all(p.grad is None for p in critic.parameters())


def test_it_learns_to_tell_them_apart(seen: tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]) -> None:
    critic = Critic(CHANNELS)
    maps, pictures, jscc = seen
    others = [1 + values for values in maps], pictures + 1, jscc
    optimiser = torch.optim.Adam(critic.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        loss = critic_loss(critic(*others), critic(*seen))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
