# SPDX-License-Identifier: MIT
"""Attributes that show and set the state of a radio."""

from __future__ import annotations

from collections.abc import Callable

from lrisc_sdr.virtual_pluto import state as limits
from lrisc_sdr.virtual_pluto.attributes import Attribute, AttributeFault, constant
from lrisc_sdr.virtual_pluto.state import RadioState, flag, whole

Heard = Callable[[Callable[[str], None]], Callable[[str], None]]
"""Makes of what sets a value what sets it at a moment of the air's time, for values that are heard on the air."""

_LONGEST_KEPT = 64


def number(state: RadioState, name: str, bounds: tuple[int, int], heard: Heard, filename: str) -> Attribute:
    """A whole number of the state, within bounds."""

    def write(text: str) -> None:
        setattr(state, name, whole(text, bounds))

    return Attribute(lambda: str(getattr(state, name)), heard(write), filename)


def switch(state: RadioState, name: str, heard: Heard, filename: str, inverted: bool = False) -> Attribute:
    """A switch of the state, or its opposite."""

    def write(text: str) -> None:
        setattr(state, name, flag(text) is not inverted)

    return Attribute(lambda: str(int(getattr(state, name) is not inverted)), heard(write), filename)


def kept(state: RadioState, key: str, initial: str, filename: str = "") -> Attribute:
    """A value that is kept and does nothing."""

    def write(text: str) -> None:
        if len(text) > _LONGEST_KEPT:
            raise AttributeFault
        state.memory[key] = text

    return Attribute(lambda: state.memory.get(key, initial), write, filename)


def whole_range(bounds: tuple[int, int], filename: str) -> Attribute:
    """The bounds of a whole number as drivers write them: lowest, step, highest."""
    return constant(f"[{bounds[0]} 1 {bounds[1]}]", filename)


def registers(state: RadioState, device: str) -> Attribute:
    """Registers of 32 bits: "<address>" selects one, "<address> <value>" writes it; zero where nothing was written.

    The core's status register has a bit for every fault since it was cleared, and writing a one clears it.
    """
    selected = f"{device}-selected"

    def is_status(address: str) -> bool:
        return device in state.status and int(address, 16) == limits.STATUS_REGISTER

    def read() -> str:
        address = state.memory.get(selected, "0x0")
        value = state.memory.get(f"{device}-{address}", "0x0")
        return hex(state.status[device]) if is_status(address) else value

    def write(text: str) -> None:
        try:
            words = [int(word, 0) for word in text.split()]
        except ValueError:
            raise AttributeFault from None
        if len(words) not in (1, 2) or not all(0 <= word < 1 << 32 for word in words):
            raise AttributeFault
        address = hex(words[0])
        state.memory[selected] = address
        if len(words) == 2 and is_status(address):
            state.status[device] &= ~words[1]
        elif len(words) == 2 and len(state.memory) < 4096:
            state.memory[f"{device}-{address}"] = hex(words[1])

    return Attribute(read, write)
