# SPDX-License-Identifier: MIT
"""From argv to exit codes: every way a command can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import MappingProxyType

import pytest

from lrisc_sdr.cli import application, registry
from lrisc_sdr.cli.registry import Verb
from lrisc_sdr.errors import (
    ConfigurationError,
    FramesFailed,
    HardwareError,
    InvalidPicture,
    LriscError,
    TransmitRefused,
    UsageError,
)

ENDINGS = {
    "fine": None,
    "usage": UsageError("unknown channel"),
    "configuration": ConfigurationError("unknown key\n  'snr'"),
    "hardware": HardwareError("no Pluto at usb:"),
    "refused": TransmitRefused("no licence for 2.45 GHz"),
    "frames": FramesFailed("3 of 20 frames failed"),
    "input": InvalidPicture("x.png is not a picture"),
    "bug": ZeroDivisionError("division by zero"),
    "interrupt": KeyboardInterrupt(),
}


def verb(ending: str, number: int = 0) -> None:
    """Ends in the way that it is told."""
    error = ENDINGS[ending]
    if error is not None:
        raise error
    print(f"data {number}")


@pytest.fixture(autouse=True)
def one_verb(monkeypatch: pytest.MonkeyPatch) -> None:
    verbs = MappingProxyType({"verb": Verb(__name__, "verb", "A verb for these tests.")})
    monkeypatch.setattr(application, "VERBS", verbs)
    monkeypatch.setattr(Verb, "load", lambda self: verb)


@pytest.mark.parametrize(
    ("ending", "code"),
    [("fine", 0), ("bug", 1), ("usage", 2), ("configuration", 3), ("hardware", 4), ("refused", 5), ("frames", 6),
     ("input", 7), ("interrupt", 130)],
)  # fmt: skip
def test_exit_code_and_one_line(ending: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert application.main(["verb", ending]) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    if code == 0:
        assert (out, err) == ("data 0\n", "")
    else:
        assert out == ""
        assert err.startswith("lrisc: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_to_end_cleans_up_as_an_interrupt_does(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaned = []
    # Under nohup it is ignored, and stays so.
    signal.signal(number, signal.SIG_DFL)

    def ended() -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            os.kill(os.getpid(), number)  # a second one does not disturb the clean-up
            cleaned.append(True)

    monkeypatch.setattr(Verb, "load", lambda self: ended)
    assert application.main(["verb"]) == code
    assert cleaned == [True]
    assert capsys.readouterr().err == f"lrisc: ended by {number.name}\n"
    assert signal.getsignal(number) is signal.SIG_DFL


def test_an_ignored_signal_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Verb, "load", lambda self: lambda: os.kill(os.getpid(), signal.SIGHUP))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert application.main(["verb"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_every_error_has_a_documented_exit_code() -> None:
    def family(error: type[LriscError]) -> list[type[LriscError]]:
        return [error, *(kind for child in error.__subclasses__() for kind in family(child))]

    assert {kind.exit_code for kind in family(LriscError)} <= {1, 2, 3, 4, 5, 6, 7}


@pytest.mark.parametrize("argv", [["--debug", "verb", "bug"], ["verb", "bug", "--debug"]])
def test_debug_prints_the_traceback(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert application.main(argv) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv",
    [["verbs"], ["verb"], ["verb", "fine", "--nmuber", "3"], ["verb", "fine", "--number", "three"], ["--colour"]],
)
def test_wrong_usage_is_one_line_and_exit_code_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert application.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lrisc: ")
    assert err.count("\n") == 1


def test_an_unknown_verb_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    application.main(["vreb"])
    assert "did you mean 'verb'" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["--help"]])
def test_help_lists_the_verbs_and_runs_none(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert application.main(argv) == 0
    assert "A verb for these tests." in capsys.readouterr().out


def test_help_of_a_verb_shows_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert application.main(["verb", "--help"]) == 0
    assert "--number" in capsys.readouterr().out


def test_help_imports_neither_gnuradio_nor_torch_nor_numpy() -> None:
    code = (
        "import sys, lrisc_sdr.cli as cli; cli.main(['--help']);"
        "print([m for m in ('gnuradio', 'torch', 'numpy', 'zmq') if m in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "[]\n"
    for name in registry.VERBS:
        assert name in run.stdout


def test_a_closed_pipe_is_silent() -> None:
    code = "import sys, lrisc_sdr.cli as cli; sys.exit(cli.main(['--help']))"
    command = f'{sys.executable} -c "{code}" | true'
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert run.stderr == ""
