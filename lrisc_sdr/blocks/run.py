# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a flow graph in a process of its own:

    python -m lrisc_sdr.blocks.run loopback --frames picture.frames --endpoint ipc:///tmp/decoder --channel desk

The options after the graph's name are the parameters of its top block. A graph that ends leaves its report as one JSON
line on stdout and exit code 0; a graph that fails leaves one line on stderr, which names the block and the fault, and
the exit code of `lrisc_sdr.errors`. With `--progress`, every quarter of a second there is a line of JSON on stderr that
begins with `{"progress":`.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, TextIO

from lrisc_sdr import telemetry
from lrisc_sdr.blocks.requirement import require_gnuradio
from lrisc_sdr.errors import ConfigurationError, LriscError, ProcessFailed, UsageError

try:
    require_gnuradio()
except ConfigurationError as error:
    if __name__ != "__main__":
        raise
    print(f"lrisc_sdr.blocks.run: {error}", file=sys.stderr)
    sys.exit(error.exit_code)

from gnuradio import gr

from lrisc_sdr.blocks.graphs import GRAPHS, load
from lrisc_sdr.blocks.guard import Report, blocks_of, prepare, supervise
from lrisc_sdr.blocks.receiver import Receiver
from lrisc_sdr.framing.sequence import Enough

BUG = 1
INTERRUPTED = 130


def run_graph(
    make: Callable[[], gr.top_block],
    progress: Callable[[Report], None] | None = None,
    stall_s: float | None = None,
    ending: Callable[[gr.top_block], bool] = lambda _: False,
) -> Report:
    """Make a top block, run it to its end and return its report; the errors of `supervise`, and those of making it."""
    try:
        top_block = make()
        prepare(top_block)
        top_block.start()
    except (RuntimeError, OSError) as error:
        raise ProcessFailed(f"the flow graph cannot start: {error}") from error
    return supervise(top_block, progress=progress, stall_s=stall_s, ending=lambda: ending(top_block))


def arguments_of(graph: type[gr.top_block], arguments: Sequence[str]) -> tuple[dict[str, Any], argparse.Namespace]:
    """The graph's parameters, typed as their defaults are (None: a number), and this program's own options."""
    parser = argparse.ArgumentParser(prog=f"lrisc_sdr.blocks.run {graph.__name__}", allow_abbrev=False)
    names = []
    for parameter in inspect.signature(graph).parameters.values():
        kind = float if parameter.default is None else type(parameter.default)
        option = f"--{parameter.name.replace('_', '-')}"
        parser.add_argument(option, type=kind, default=parameter.default, help=f"[{parameter.default!r}]")
        names.append(parameter.name)
    own = parser.add_argument_group("the run")
    own.add_argument("--progress", action="store_true", help="write JSON lines of progress to stderr")
    # Without a limit: a radio or the network may be silent for as long as it likes.
    own.add_argument("--stall-s", type=float, help="fail when nothing moves for so long")
    own.add_argument("--pictures", type=int, help="end a radio's stream after so many pictures")
    own.add_argument("--duration-s", type=float, help="end a radio's stream after so many seconds of samples")
    own.add_argument("--in-order", action="store_true", help="SIGTERM ends a radio's stream, and the graph in order")
    options = parser.parse_args(arguments)
    return {name: getattr(options, name) for name in names}, options


def _tell(report: Report) -> None:
    numbers = {key: value for key, value in report.items() if key != "pictures"}
    print(json.dumps({"progress": numbers}), file=sys.stderr, flush=True)


class _Asked:
    """Whether a signal has asked for the end; the second one, or the first where no order is kept, interrupts."""

    def __init__(self) -> None:
        self.in_order = self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self.in_order:
            raise KeyboardInterrupt
        self.asked = True


_asked = _Asked()


def _has_enough(top_block: gr.top_block, enough: Enough) -> bool:
    receivers = [block for block in blocks_of(top_block).values() if isinstance(block, Receiver)]
    return any(receiver.has(enough) for receiver in receivers)


def main(arguments: Sequence[str], out: TextIO) -> int:
    """Run the graph that the arguments name, write its report to `out` and return the exit code."""
    if not arguments or arguments[0] not in GRAPHS:
        print(f"lrisc_sdr.blocks.run: name a flow graph first: {', '.join(GRAPHS)}", file=sys.stderr)
        return UsageError.exit_code
    name = arguments[0]
    # Every block would note the size of its buffers.
    gr.logging().set_default_level(gr.log_levels.warn)
    try:
        graph = getattr(load(name), name)
        parameters, options = arguments_of(graph, arguments[1:])
        _asked.in_order = options.in_order
        enough = Enough(options.pictures, options.duration_s)
        report = run_graph(
            lambda: graph(**parameters),
            _tell if options.progress else None,
            options.stall_s,
            lambda top_block: _asked.asked or _has_enough(top_block, enough),
        )
    except LriscError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: one line, and an exit code
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return BUG
    print(json.dumps({**report, "gnuradio": gr.version()}), file=out, flush=True)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _asked)
    # What GNU Radio and the radios' drivers write to stdout belongs on stderr: stdout is the report's.
    own_stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    code = main(sys.argv[1:], own_stdout)
    sys.stderr.flush()
    telemetry.close()
    # A block that hangs in its work would hold up an ordinary exit for ever.
    os._exit(code)
