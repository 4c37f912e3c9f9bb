# SPDX-License-Identifier: MIT
"""`lrisc console`: the live page."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.cli import options
from lrisc_sdr.console.access import Access, is_loopback
from lrisc_sdr.console.serving import listen, serve
from lrisc_sdr.sampling import Sampling


def console(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the page; 0 is any free one.")] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on; others than 127.0.0.1 ask for a token.")] = (
        "127.0.0.1"
    ),
    token: Annotated[bool, typer.Option("--token", help="Ask for a token on this machine, too.")] = False,
    captures: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with SigMF recordings that the page may replay.", show_default="captures/, if any"),
    ] = None,
    model: options.Model = options.DEFAULT_MODEL,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
) -> None:
    """Serve the live page: what `lrisc loop`, `rx`, `replay` and `decode` of this user do, in a browser.

    Start it before or after them. It only looks; the one thing that it can start is the replay of a capture.
    """
    folders = captures or [folder for folder in (Path("captures"),) if folder.is_dir()]
    with listen(host, port) as bound:
        secret = secrets.token_urlsafe(24) if token or not is_loopback(host) else None
        access = Access(host, bound.getsockname()[1], secret)
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{access.port}/" + (f"?token={secret}" if secret else "")

        def ready() -> None:
            print(f"console at {address}", file=sys.stderr, flush=True)
            if not is_loopback(host):
                print("it is not encrypted: on a network that others use, go through ssh -L", file=sys.stderr)

        serve(bound, access, folders, model, Sampling(steps, start, perception), ready)
