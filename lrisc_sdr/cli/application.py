# SPDX-License-Identifier: MIT
"""From `argv` to an exit code."""

from __future__ import annotations

import contextlib
import difflib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Annotated

import typer

from lrisc_sdr import __version__
from lrisc_sdr.cli.registry import VERBS
from lrisc_sdr.errors import LriscError, UsageError

INTERRUPTED = 130
BUG = 1
# Asked to end by a service manager, a scheduler or a terminal that was closed: with the clean-up of an interrupt.
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code.

    Args:
        argv: the arguments after the program's name; None for those of this process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        with _interrupted_by_signals():
            code = _run(arguments)
            sys.stdout.flush()
            return code
    except _Ended as error:
        return _fail(f"ended by {error.signal.name}", 128 + error.signal, debug)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED, debug)
    except LriscError as error:
        return _fail(str(error), error.exit_code, debug)
    except typer.TyperException as error:
        return _fail(f"{error.format_message()} (see 'lrisc --help')", UsageError.exit_code, debug)
    except typer.Abort:
        return _fail("interrupted", INTERRUPTED, debug)
    except BrokenPipeError:
        # The reader of our output has gone, as in `lrisc … | head`; Python must not complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BUG
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback reaches a user unasked
        what = " ".join(str(error).split()) or "no message"
        hint = "" if debug else "; this is a bug, run again with --debug for the traceback"
        return _fail(f"{type(error).__name__}: {what}{hint}", BUG, debug)


class _Ended(Exception):
    """The process was asked to end by a signal."""

    def __init__(self, ended_by: signal.Signals) -> None:
        super().__init__(ended_by)
        self.signal = ended_by


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Within this context the ending signals raise KeyboardInterrupt, the first of them only; after it `_Ended`.

    A signal that is ignored, as `nohup` does it, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[signal.Signals] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        received.append(signal.Signals(number))
        if len(received) == 1:
            raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    taken = [number for number, handler in before.items() if handler is signal.SIG_DFL]
    try:
        for number in taken:
            signal.signal(number, interrupt)
        yield
    except (KeyboardInterrupt, typer.Abort):
        if received:
            raise _Ended(received[0]) from None
        raise
    finally:
        for number in taken:
            signal.signal(number, before[number])


def _run(arguments: list[str]) -> int:
    verb = next((argument for argument in arguments if not argument.startswith("-")), None)
    if verb is not None and verb not in VERBS:
        near = difflib.get_close_matches(verb, VERBS, n=1)
        raise UsageError(f"no verb {verb!r}" + (f", did you mean {near[0]!r}?" if near else "; see 'lrisc --help'"))
    command = typer.main.get_command(command_tree(verb))
    result = command.main(args=arguments or ["--help"], prog_name="lrisc", standalone_mode=False)
    if result == INTERRUPTED:  # typer has swallowed the exception
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def command_tree(running: str | None) -> typer.Typer:
    """All verbs, as `--help` lists them, but only the running one with its options: those need its module."""
    application = typer.Typer(add_completion=False, rich_markup_mode=None, callback=_lrisc)
    for name, verb in VERBS.items():
        if name == running:
            application.command(name)(verb.load())
        else:
            application.command(name, help=verb.summary)(_not_running)
    return application


def _not_running() -> None:
    """Stands in the list of verbs for one that is not run."""


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"lrisc {__version__}")
        raise typer.Exit


def _lrisc(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print the traceback of an error.")] = False,
) -> None:
    """Pictures over software-defined radio: learned coding, OFDM in GNU Radio, diffusion at the receiver.

    Exit codes: 0 done, 1 a bug, 2 usage, 3 configuration, 4 hardware absent or lost, 5 transmission refused, 6 some
    frames failed, 7 invalid input, 130 interrupted, 129 and 143 ended by a signal.
    """


def _fail(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"lrisc: {' '.join(message.split())}", file=sys.stderr)
    return code
