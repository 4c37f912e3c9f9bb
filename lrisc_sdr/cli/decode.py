# SPDX-License-Identifier: MIT
"""`lrisc decode`: the decoder service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.cli import options
from lrisc_sdr.link.endpoint import check_endpoint
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.service import DEADLINE_S, DEFAULT_ENDPOINT, DecoderService
from lrisc_sdr.link.worker import as_json
from lrisc_sdr.runs.settings import DEFAULT_STEPS


def decode(
    bind: Annotated[str, typer.Option(help="ipc://PATH or tcp://127.0.0.1:PORT.")] = DEFAULT_ENDPOINT,
    out: Annotated[Path, typer.Option(help="Folder for pictures and pictures.jsonl.")] = Path("decoded"),
    model: options.Model = options.DEFAULT_MODEL,
    steps: options.Steps = DEFAULT_STEPS,
    deadline_s: Annotated[
        float, typer.Option(min=0.1, help="Seconds after the last frame until an incomplete picture is decoded.")
    ] = DEADLINE_S,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One line of JSON a picture on stdout.")] = False,
) -> None:
    """Serve the decoder: received frames in over ZeroMQ, pictures out."""
    check_endpoint(bind)
    from lrisc_sdr.diffusion import Decoder

    decoder = Decoder.from_pretrained(model)
    service = DecoderService(
        bind,
        decoder,
        steps=steps,
        folder=out,
        deadline_s=deadline_s,
        report=_print_json if jsonl else _print_line,
    )
    try:
        print(f"decoder {decoder.model_id} at {service.endpoint}, pictures go to {out}", file=sys.stderr, flush=True)
        service.run()
    finally:
        service.close()


def _print_json(result: Result) -> None:
    print(as_json(result), flush=True)


def _print_line(result: Result) -> None:
    if result.ok:
        print(
            f"{result.picture}  {result.width}×{result.height}  {result.frames_received}/{result.frames_sent} frames  "
            f"{result.snr_db:.1f} dB  {result.decode_s:.2f} s",
            flush=True,
        )
    else:
        print(f"picture {result.picture_id} failed: {result.error}", flush=True)
