# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow graph that fails loudly, and ends completely.

GNU Radio leaves a graph one of whose Python blocks raised standing still, and its process then exits 0. Therefore every
block of this package catches what its `work` raises, keeps it in `fault` and reports the end of its stream, and
`supervise` waits for the graph in place of `top_block.wait()`:

    start ─► running ─┬── every block ended ───► flush, drain, close ─► return
                      ├── a block has a fault ─► stop, close ─────────► raise ProcessFailed
                      └── no sample moved ─────► stop, close ─────────► raise ProcessFailed

Messages need the steps at the end: a block that ends tells its message subscribers to end, even when they have not yet
handled its last messages. `flush` publishes what a block still holds, `drain` handles what is still queued.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from gnuradio import gr

from lrisc_sdr.errors import LriscError, ProcessFailed

WORK_DONE = -1
POLL_S = 0.02
STOP_S = 5.0

Report = dict[str, Any]
P = ParamSpec("P")
R = TypeVar("R")
B = TypeVar("B", bound="Guarded")


class Guarded:
    """What every block of this package adds to its GNU Radio class.

    Attributes:
        fault: what `work` or a message handler raised first, or None.
        ended: set when the block's thread has ended.
        items: items that the block has moved so far.
    """

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.ended = threading.Event()
        self.items = 0

    def stop(self) -> bool:
        """Called by GNU Radio at the end of the block's thread."""
        self.ended.set()
        return True

    def moved(self) -> int:
        """A number that grows while the block is alive; a graph in which it stands still everywhere has stalled."""
        return self.items

    def parts(self) -> Mapping[str, Guarded]:
        """Blocks within a hierarchical block, which the graph's supervisor cannot see."""
        return {}

    def prepare(self) -> None:
        """What has to be done before the graph starts; see `prepare`."""

    def end(self) -> None:
        """Asked to end its stream, so that the graph ends with all that it holds; sources only."""

    def flush(self) -> None:
        """Publish what the block still holds; the graph's threads have ended."""

    def drain(self) -> None:
        """Handle the messages that are still queued, and hand them on for good."""

    def close(self) -> None:
        """Release what the block owns; also called after a fault."""

    def report(self) -> Report:
        """Counters for the summary of a run."""
        return {}


def guarded(method: Callable[Concatenate[B, P], R]) -> Callable[Concatenate[B, P], R | int]:
    """Decorate `work`, `general_work` or a message handler: an exception is kept and ends the block's stream."""

    @functools.wraps(method)
    def call(self: B, *args: P.args, **kwargs: P.kwargs) -> R | int:
        if self.fault is not None:
            return WORK_DONE
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - GNU Radio would swallow it; supervise raises it
            self.fault = error
            return WORK_DONE

    return cast(Callable[Concatenate[B, P], R | int], call)


def blocks_of(top_block: gr.top_block) -> dict[str, Guarded]:
    """The graph's blocks of this package by name; every one must be an attribute of its top block."""
    blocks = {name: block for name, block in vars(top_block).items() if isinstance(block, Guarded)}
    for name, block in list(blocks.items()):
        blocks |= {f"{name}, {part}": inner for part, inner in block.parts().items()}
    return blocks


def prepare(top_block: gr.top_block) -> None:
    """What the graph's blocks need before it starts: a radio's transmitter goes up here.

    Raises:
        LriscError: a block cannot be prepared; those that were are closed.
    """
    blocks = blocks_of(top_block)
    try:
        for block in blocks.values():
            block.prepare()
    except BaseException:
        _finish(blocks, ("close",))
        raise


def report(top_block: gr.top_block) -> Report:
    """The blocks' reports as one; under `pictures` they are merged picture by picture."""
    merged: Report = {"pictures": {}}
    for block in blocks_of(top_block).values():
        for key, value in block.report().items():
            if key == "pictures":
                for picture_id, row in dict(value).items():
                    merged["pictures"].setdefault(picture_id, {}).update(row)
            else:
                merged[key] = value
    return merged


def supervise(
    top_block: gr.top_block,
    progress: Callable[[Report], None] | None = None,
    progress_s: float = 0.25,
    stall_s: float | None = None,
    ending: Callable[[], bool] = lambda: False,
) -> Report:
    """Wait until a started graph has ended, and finish it.

    Args:
        top_block: the started graph.
        progress: called with `report` every `progress_s` seconds.
        progress_s: time between two calls of `progress` `[s]`.
        stall_s: a graph that moves no item for so long has failed `[s]`; None waits for ever, as for a radio.
        ending: whether the sources shall end now, and the graph with what it holds.

    Returns:
        The graph's final report.

    Raises:
        ProcessFailed: a block failed or the graph stalled; the message names the block and the fault, and `exit_code`
            is that of the fault where it has one.
    """
    blocks = blocks_of(top_block)
    moved, moved_at = -1, time.monotonic()
    told_at = time.monotonic()
    error: Exception | None = None
    try:
        while error is None and not all(block.ended.is_set() for block in blocks.values()):
            time.sleep(POLL_S)
            now = time.monotonic()
            total = sum(block.moved() for block in blocks.values())
            if total != moved:
                moved, moved_at = total, now
            elif stall_s is not None and now - moved_at > stall_s:
                error = ProcessFailed(f"flow graph stalled: no block moved a sample for {stall_s:g} s")
            error = first_fault(blocks) or error
            if ending():
                for block in blocks.values():
                    block.end()
            if progress is not None and now - told_at >= progress_s:
                told_at = now
                progress(report(top_block))
        if error is None:
            top_block.wait()
            error = _finish(blocks, ("flush", "drain"))
    finally:
        if not all(block.ended.is_set() for block in blocks.values()):
            _stop(top_block)
        error = _finish(blocks, ("close",)) or error
    if error is not None:
        raise error
    return report(top_block)


def first_fault(blocks: Mapping[str, Guarded]) -> ProcessFailed | None:
    """What the first block that has failed raised, with the block's name; None where none has."""
    for name, block in blocks.items():
        if block.fault is not None:
            return _failure(name, block.fault)
    return None


def _failure(name: str, fault: Exception) -> ProcessFailed:
    known = isinstance(fault, LriscError)
    text = str(fault) if known else f"{type(fault).__name__}: {fault}"
    error = ProcessFailed(f"block {name}: {text}")
    error.exit_code = fault.exit_code if isinstance(fault, LriscError) else ProcessFailed.exit_code
    error.__cause__ = fault
    return error


def _finish(blocks: Mapping[str, Guarded], steps: tuple[str, ...]) -> ProcessFailed | None:
    error: ProcessFailed | None = None
    for step in steps:
        for block in blocks.values():
            try:
                getattr(block, step)()
            except Exception as fault:  # noqa: BLE001 - the other blocks must be finished, too
                block.fault = block.fault or fault
        error = error or first_fault(blocks)
    return error


def _stop(top_block: gr.top_block) -> None:
    """Stop the graph, but do not wait for ever for a block that hangs in its work."""

    def end() -> None:
        top_block.stop()
        top_block.wait()

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    thread.join(STOP_S)
