# SPDX-License-Identifier: MIT
"""`lrisc bench`: what the parts of the link reach, beside their goals, their peers and their limits."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console

from lrisc_sdr.cli import options
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.errors import ConfigurationError, InputError, MissingExtra

_PACKAGE = Path(__file__).resolve().parents[1]


class Part(str, Enum):
    """What can be measured."""

    PHY = "phy"
    DECODE = "decode"
    SERVICE = "service"


def bench(
    part: Annotated[
        Part, typer.Argument(help="phy: the OFDM physical layer. decode: the decoder. service: its spool.")
    ],
    quick: Annotated[bool, typer.Option("--quick", help="A smoke run of a minute: few frames, rough figures.")] = False,
    only: Annotated[
        str | None, typer.Option(help="Subjects to measure, NAME[,NAME].", show_default="all", metavar="NAMES")
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Folder for plots and the run's JSON, PLOTS/PART/; a table in PLOTS/PART.md is brought up."),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Show an earlier run's JSON in place of a new run.")
    ] = None,
    seed: options.Seed = 0,
    processes: Annotated[int, typer.Option(min=1, help="Processes at once where no time is measured.")] = 2,
    pictures: Annotated[int, typer.Option(min=10, help="service: pictures to send.")] = 1_000,
    kills: Annotated[int, typer.Option(min=0, help="service: SIGKILLs of receiver, broker and workers.")] = 50,
    as_json: options.Json = False,
) -> None:
    """Measure a part of the link beside its peers and its limits; a goal that is missed is no error.

    Peers that are not installed leave a gap in the table and a note: pip install 'lrisc-sdr[bench]' brings liquid-dsp
    and the plots, the distribution brings GNU Radio.
    """
    if source is not None:
        document = _read(source)
    else:
        with progress_bar() as progress:
            size = {"pictures": pictures, "kills": kills} if part is Part.SERVICE else {"processes": processes}
            document = load(f"{part.value}.run").run(only=only, quick=quick, seed=seed, progress=progress, **size)
    if plots is not None:
        _draw(part, document, plots)
    if as_json:
        print(json.dumps(document, allow_nan=False, indent=2, ensure_ascii=False))
        return
    table = load("table")
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table.table(document["rows"]))
    for note in table.notes(document["rows"]):
        console.print(note, style="dim", markup=False, highlight=False, soft_wrap=True)


def load(name: str) -> ModuleType:
    """The module `name` of the folder benchmarks, from a checkout or from an installed wheel.

    Raises:
        ConfigurationError: this installation has no such folder.
    """
    if "benchmarks" not in sys.modules:
        folder = _folder()
        spec = importlib.util.spec_from_file_location(
            "benchmarks", folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules["benchmarks"] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"benchmarks.{name}")


def _folder() -> Path:
    """Where the benchmarks lie: beside the package in a checkout, inside it when it was installed as a wheel."""
    for candidate in (_PACKAGE.parent / "benchmarks", _PACKAGE / "_benchmarks"):
        if (candidate / "tasks.py").is_file():
            return candidate
    raise ConfigurationError("this installation has no benchmarks: install lrisc-sdr again, or run it from a checkout")


def _read(source: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
        load("table").markdown(document["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{source} is not the JSON of a benchmark: {error}") from error
    return document


def _draw(part: Part, document: dict[str, Any], folder: Path) -> None:
    try:
        written = load(f"{part.value}.plots").draw(document, folder / part.value)
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "matplotlib", "bench") from error
    kept = folder / part.value / "bench.json"
    kept.write_text(json.dumps(document, allow_nan=False, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    load("page").bring_up(folder / f"{part.value}.md", load("table").markdown(document["rows"]))
    print(f"{len(written)} plots and bench.json are in {folder / part.value}", file=sys.stderr)
