# SPDX-License-Identifier: MIT
"""Every command that the documentation shows is one that there is, and those for beginners run."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image

from lrisc_sdr.cli.application import command_tree
from lrisc_sdr.cli.registry import VERBS
from lrisc_sdr.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "captures/README.md", "calibration/README.md", "flowgraphs/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
WAITING = ("console", "grc")
"""Verbs that go on until they are ended."""
LOSSY = "room"
"""The channel that loses buffers: a run through it may end with exit code 6."""

_COMMAND = re.compile(r"^\s*(?:\w+\$\s+)?((?:\.venv/bin/)?lrisc\s.*)$")
_INLINE = re.compile(r"`lrisc ([^`]+)`")


def blocks(page: str) -> Iterator[str]:
    """The lines of a page's code blocks, indented or fenced; lines that end in \\ are put together."""
    fenced, kept = False, ""
    for line in page.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            kept += line
            if kept.endswith("\\"):
                kept = kept[:-1]
            else:
                yield kept
                kept = ""


def commands(page: str) -> Iterator[list[str]]:
    """Arguments of the lrisc commands in a page's code blocks, up to a pipe or a redirection."""
    for line in blocks(page):
        found = _COMMAND.match(line)
        if found:
            words = [word for word in shlex.split(found[1], comments=True) if word != "…"]
            end = next((i for i, word in enumerate(words) if word in ("|", ">", "&", "&&")), len(words))
            yield words[1:end]


_PROGRAM = re.compile(
    r"^\s*(?:\.venv/bin/)?(?:python (?:-m (?P<module>[\w.]+)|(?P<path>[\w./]+\.py))|make (?P<target>\w+))(?P<rest>.*)$"
)


def programs() -> list[tuple[str, str]]:
    """Lines that call Python programs or make, with their pages' names."""
    return [
        (path.relative_to(ROOT).as_posix(), line.strip())
        for path in [*PAGES, ROOT / "CONTRIBUTING.md"]
        for line in blocks(path.read_text())
        if _PROGRAM.match(line)
    ]


def shown() -> list[tuple[str, list[str]]]:
    generated = ROOT / "docs" / "cli.md"
    return [
        (path.relative_to(ROOT).as_posix(), words)
        for path in PAGES
        if path != generated
        for words in commands(path.read_text())
    ]


def parse(words: list[str]) -> None:
    """Let the command line's parser take a command that is not run."""
    group = typer.main.get_command(command_tree(words[0]))
    context = group.make_context("lrisc", list(words))
    command = group.get_command(context, words[0])
    assert command is not None, f"no verb {words[0]}"
    if "--help" not in words:
        command.make_context(words[0], words[1:], parent=context)


def test_pages_have_commands() -> None:
    pages = {page for page, _ in shown()}
    assert {"README.md", "docs/ten-minutes.md", "docs/radios.md", "docs/captures.md", "docs/train.md"} <= pages


@pytest.mark.parametrize(
    ("page", "words"), shown(), ids=lambda value: " ".join(value) if isinstance(value, list) else value
)
def test_a_command_that_is_shown_is_accepted(page: str, words: list[str]) -> None:
    assert words[0] in VERBS, page
    parse(words)


def test_what_is_not_accepted_is_noticed() -> None:
    with pytest.raises((typer.TyperException, UsageError)):
        parse(["loop", "--snr", "4"])
    with pytest.raises((typer.TyperException, UsageError)):
        parse(["calibrate", "frequencies"])


@pytest.mark.parametrize(("page", "line"), programs())
def test_a_program_that_is_shown_is_there_with_its_options(page: str, line: str) -> None:
    found = _PROGRAM.match(line)
    assert found is not None
    if found["target"]:
        assert re.search(rf"^{found['target']}:", (ROOT / "Makefile").read_text(), re.MULTILINE), page
        return
    place = ROOT / (found["path"] or found["module"].replace(".", "/"))
    if found["module"] == "lrisc_sdr.blocks.run":
        # The options are the graph's.
        place = ROOT / "flowgraphs" / found["rest"].split()[0]
    sources = [place.with_suffix(".py")] if place.with_suffix(".py").is_file() else [*place.glob("*.py")]
    assert sources, f"{page}: {line}"
    text = "".join(source.read_text() for source in sources)
    for option in (word for word in shlex.split(found["rest"], comments=True) if word.startswith("--")):
        assert f'"{option}"' in text, f"{page}: {option}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_verbs_and_options_in_the_text_are_there(path: Path) -> None:
    for inline in _INLINE.findall(path.read_text()):
        verb = inline.split()[0].rstrip(",;")
        if verb.startswith("-") or verb == "VERB":
            continue
        assert verb in VERBS, inline
        command = typer.main.get_command(command_tree(verb)).commands[verb]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert set(re.findall(r"(?<!\S)--[a-z-]+", inline)) <= known, inline


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a user's: a photograph, a folder with one, and the captures of the checkout."""
    folder = tmp_path_factory.mktemp("user")
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[0:160, 0:192]
    smooth = np.stack([rows, columns, (rows + columns) / 2], axis=-1) * 0.7
    picture = Image.fromarray((smooth + rng.integers(0, 40, smooth.shape)).clip(0, 255).astype(np.uint8))
    (folder / "folder").mkdir()
    picture.save(folder / "photo.jpg")
    picture.save(folder / "picture.png")
    picture.save(folder / "folder" / "other.png")
    for name in ("captures", "docs"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def environment() -> dict[str, str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return os.environ | {"PATH": path, "OMP_NUM_THREADS": "1"}


def run(line: str, workplace: Path) -> None:
    """Run a line of a page in a shell, as its reader would."""
    line = line.strip().replace(".venv/bin/lrisc", "lrisc")
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=workplace,
        env=environment() | {"XDG_CONFIG_HOME": str(workplace / "config")},
        capture_output=True,
        text=True,
        check=False,
    )
    allowed = (0, 6) if LOSSY in line else (0,)
    assert done.returncode in allowed, f"{line}\n{done.stderr}"


def runnable(page: str, verbs: tuple[str, ...]) -> list[str]:
    """Lines of a page that call one of the verbs."""
    return [line for line in blocks(page) if (found := next(commands(f"    {line}"), None)) and found[0] in verbs]


@pytest.mark.timeout(1200)
def test_ten_minutes_to_a_loop(workplace: Path) -> None:
    pytest.importorskip("gnuradio")
    page = (ROOT / "docs" / "ten-minutes.md").read_text()
    lines = runnable(page, tuple(verb for verb in VERBS if verb not in WAITING))
    assert len(lines) > 8
    for line in lines:
        run(line, workplace)
    assert (workplace / "runs" / "first" / "DONE").exists()
    assert (workplace / "report.json").stat().st_size > 100


@pytest.mark.timeout(1200)
def test_what_the_readme_shows_of_loop_tx_replay_and_check(workplace: Path) -> None:
    pytest.importorskip("gnuradio")
    page = (ROOT / "README.md").read_text().split("## Results")[0]
    lines = runnable(page, ("loop", "tx", "replay", "check"))
    assert {line.split()[1] for line in lines} == {"loop", "tx", "replay", "check"}
    for line in lines:
        run(line, workplace)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("README.md", "keys create"),
        ("README.md", "train --help"),
        ("docs/troubleshooting.md", "doctor"),
        ("docs/phy.md", "bench phy --from"),
        ("docs/console.md", "loop"),
        ("docs/captures.md", "loop"),
        ("docs/grc.md", "tx"),
    ],
)
def test_what_needs_no_radio_and_no_hours(page: str, what: str, workplace: Path) -> None:
    pytest.importorskip("gnuradio")
    text = (ROOT / page).read_text()
    lines = [line for line in runnable(text, (what.split()[0],)) if f"lrisc {what}" in line]
    assert lines
    for line in lines:
        run(line, workplace)


def test_the_console_of_ten_minutes_answers(workplace: Path) -> None:
    pytest.importorskip("uvicorn")
    assert ["console"] in list(commands((ROOT / "docs" / "ten-minutes.md").read_text()))
    with subprocess.Popen(
        ["bash", "-c", "exec lrisc console --port 0"],
        cwd=workplace, env=environment() | {"XDG_RUNTIME_DIR": str(workplace)}, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        address = process.stderr.readline().split()[-1]
        with urllib.request.urlopen(address) as answer:
            assert b"<html" in answer.read().lower()
        process.send_signal(signal.SIGINT)
