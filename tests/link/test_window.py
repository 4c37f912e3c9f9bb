# SPDX-License-Identifier: MIT
"""What a sender has under way: all at first, one after a break, more with every answer."""

from __future__ import annotations

import pytest

from lrisc_sdr.link.window import SIZE, Window


class Link:
    """A window of requests 1, 2, …, and what it has sent since it was asked last."""

    def __init__(self, n: int) -> None:
        self._sent: list[int] = []
        self.window = Window(lambda parts: self._sent.append(int(parts[2])))
        for sequence in range(1, n + 1):
            self.window.put(sequence, [b"", b"", b"%d" % sequence])

    @property
    def sent(self) -> list[int]:
        sent, self._sent[:] = list(self._sent), []
        return sent


def test_after_a_break_one_is_sent_and_with_every_answer_one_more_may_be_under_way() -> None:
    link = Link(8)
    assert link.sent == list(range(1, 9))
    link.window.send_all()
    assert link.sent == [1]
    assert link.window.accepted(1)
    assert link.sent == [2, 3]
    link.window.accepted(3)
    assert link.sent == [4, 5]
    # The next break: what was answered does not come again.
    link.window.send_all()
    assert link.sent == [2]


@pytest.mark.parametrize("breaks", [1, 2])
def test_it_grows_to_its_full_size_again(breaks: int) -> None:
    link = Link(SIZE)
    for _ in range(breaks):
        link.window.send_all()
    for sequence in range(1, SIZE + 1):
        link.window.accepted(sequence)
    assert len(link.sent) >= SIZE
    for sequence in range(101, 101 + SIZE):
        link.window.put(sequence, [b"", b"", b"%d" % sequence])
    assert link.sent == list(range(101, 101 + SIZE))


def test_what_was_not_taken_is_sent_when_it_is_asked_for() -> None:
    link = Link(3)
    link.window.not_taken(2)
    link.window.not_taken(None)
    link.window.not_taken(99)
    assert link.window.put_off
    assert link.sent == [1, 2, 3]
    link.window.send_put_off()
    assert (link.sent, link.window.put_off) == ([2], False)
    assert len(link.window) == 3


def test_an_answer_counts_once() -> None:
    link = Link(2)
    assert [link.window.accepted(1), link.window.accepted(1), link.window.accepted(7)] == [True, False, False]
    assert len(link.window) == 1
