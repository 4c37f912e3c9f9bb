# SPDX-License-Identifier: MIT
"""What of the documentation follows from the code: the command line's reference and the waveforms' tables.

python tools/generated_docs.py      # writes docs/cli.md and what lies between the marks in docs/waveform.md
"""

from __future__ import annotations

from pathlib import Path

import typer

from lrisc_sdr.cli.application import command_tree
from lrisc_sdr.cli.registry import VERBS
from lrisc_sdr.waveform import PRESETS, Waveform

DOCS = Path(__file__).resolve().parents[1] / "docs"
BEGIN, END = "<!-- generated: presets -->", "<!-- end of generated -->"

_HEAD = """\
<!-- SPDX-License-Identifier: MIT -->
<!-- Written by tools/generated_docs.py -->
# The command line

What `lrisc VERB --help` prints. Data goes to standard output, everything else to standard error; an error is one line,
and `--debug` adds the traceback.
"""


def command_line() -> str:
    """docs/cli.md: the help of `lrisc` and of every verb."""
    return "\n".join((_HEAD, _fenced(_help(None)), *(f"## {verb}\n\n{_fenced(_help(verb))}" for verb in VERBS)))


def _help(verb: str | None) -> str:
    """The help as on a page of 100 columns without colours."""
    group = typer.main.get_command(command_tree(verb))
    context = group.make_context("lrisc", [verb] if verb else [], resilient_parsing=True, terminal_width=100)
    context.max_content_width = 100
    if verb is None:
        return group.get_help(context)
    command = group.get_command(context, verb)
    assert command is not None
    inner = command.make_context(
        verb, [], parent=context, resilient_parsing=True, terminal_width=100, max_content_width=100
    )
    return command.get_help(inner)


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def presets() -> str:
    """The numerology of all presets as a table, and what follows from it."""
    rows = {
        "transform, N": [_count(w.n_fft) for w in PRESETS.values()],
        "cyclic prefix, samples": [_count(w.cp_samples) for w in PRESETS.values()],
        "rate, Msps": [f"{w.rate_sps / 1e6:g}" for w in PRESETS.values()],
        "carrier distance, kHz": [f"{w.rate_sps / w.n_fft / 1e3:.7g}" for w in PRESETS.values()],
        "OFDM symbol, µs": [f"{w.symbol_samples / w.rate_sps * 1e6:g}" for w in PRESETS.values()],
        "cyclic prefix, µs": [f"{w.cp_samples / w.rate_sps * 1e6:g}" for w in PRESETS.values()],
        "used carriers": [f"±1 … ±{w.edge_carrier}" for w in PRESETS.values()],
        "occupied, MHz": [f"{_occupied_hz(w) / 1e6:.3g}" for w in PRESETS.values()],
        "pilots": [_count(w.n_pilots) for w in PRESETS.values()],
        "pilot carriers, ±": [", ".join(map(str, w.pilots_above)) for w in PRESETS.values()],
        "data carriers": [_count(w.n_data) for w in PRESETS.values()],
        "data symbols, M/s": [f"{w.n_data / w.symbol_samples * w.rate_sps / 1e6:.3g}" for w in PRESETS.values()],
        "preamble's signs": [" ".join(f"{s:+d}" for s in w.preamble_signs) for w in PRESETS.values()],
        "preamble's seed": [str(w.preamble_seed) for w in PRESETS.values()],
        "OFDM symbols of the header": [str(w.header_ofdm_symbols) for w in PRESETS.values()],
        "samples of a burst of 16,384 symbols": [_count(w.frame_samples(16384)) for w in PRESETS.values()],
        "clip level, dB": [f"{w.clip_db:g}" for w in PRESETS.values() if w.clip_db is not None],
        "offset looked for, kHz": [f"±{w.max_cfo_hz / 1e3:g}" for w in PRESETS.values()],
    }
    lines = ["| | " + " | ".join(f"`{name}`" for name in PRESETS) + " |", "|---|" + "---|" * len(PRESETS)]
    lines += [f"| {what} | {' | '.join(values)} |" for what, values in rows.items()]
    return "\n".join(lines)


def _count(number: int) -> str:
    return f"{number:,}"


def _occupied_hz(waveform: Waveform) -> float:
    """From the lower edge of the lowest carrier to the upper edge of the highest."""
    return (2 * waveform.edge_carrier + 1) * waveform.rate_sps / waveform.n_fft


def with_presets(page: str) -> str:
    """A page with the table brought up to date.

    Raises:
        ValueError: the marks are not there.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no {BEGIN} … {END} in the page")
    return f"{before}{BEGIN}\n\n{presets()}\n\n{END}{after}"


def main() -> None:
    (DOCS / "cli.md").write_text(command_line())
    waveform = DOCS / "waveform.md"
    waveform.write_text(with_presets(waveform.read_text()))


if __name__ == "__main__":
    main()
