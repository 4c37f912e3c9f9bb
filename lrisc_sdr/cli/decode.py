# SPDX-License-Identifier: MIT
"""`lrisc decode`: the decoder service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.cli import options
from lrisc_sdr.errors import UsageError
from lrisc_sdr.link.crew import Crew, gpus, worker_command
from lrisc_sdr.link.endpoint import beside, check_endpoint
from lrisc_sdr.link.key_files import CLIENTS
from lrisc_sdr.link.lines import as_json
from lrisc_sdr.link.messages import Result
from lrisc_sdr.link.metrics import DecoderMetrics
from lrisc_sdr.link.security import DecoderKeys
from lrisc_sdr.link.service import DEADLINE_S, DEFAULT_ENDPOINT, DecoderService
from lrisc_sdr.link.spool import QUOTA_BYTES, Spool
from lrisc_sdr.link.worker import NULL
from lrisc_sdr.metrics import HOST, serve_metrics
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.supervisor import Supervisor

SPOOL = "spool"


def decode(
    bind: Annotated[str, typer.Option(help="ipc://PATH or tcp://127.0.0.1:PORT.")] = DEFAULT_ENDPOINT,
    out: Annotated[Path, typer.Option(help="Folder for pictures and pictures.jsonl.")] = Path("decoded"),
    model: options.Model = options.DEFAULT_MODEL,
    steps: options.Steps = options.SAMPLING.steps,
    start: options.DiffusionStart = options.SAMPLING.start,
    perception: options.Perception = options.SAMPLING.perception,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Processes that decode.", show_default="one for each GPU, or one"),
    ] = None,
    engine: options.ServiceEngine = options.Engines.process,
    ray_address: options.RayAddress = None,
    decoder: Annotated[
        str | None, typer.Option(help=f"{NULL}: decode nothing, to measure the service itself.", show_default="--model")
    ] = None,
    deadline_s: Annotated[
        float, typer.Option(min=0.1, help="Seconds after its last frame until an incomplete picture is decoded.")
    ] = DEADLINE_S,
    spool: Annotated[
        Path | None, typer.Option(help="Folder for what is accepted and not decoded yet.", show_default=f"OUT/{SPOOL}")
    ] = None,
    quota_mb: Annotated[
        float, typer.Option(min=3, help="Megabytes in the spool at which frames are no longer accepted.")
    ] = QUOTA_BYTES / 1e6,
    publish: Annotated[
        str | None,
        typer.Option(help="Endpoint for results and counters; 'off' for none.", show_default="beside --bind"),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Secret key of this decoder (`lrisc keys`), for clients on other machines.")
    ] = None,
    clients: Annotated[
        Path | None, typer.Option(help="Folder of the clients' public keys.", show_default="beside --key, clients/")
    ] = None,
    metrics: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port of http://127.0.0.1:PORT/metrics for Prometheus.")
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One line of JSON a picture on stdout.")] = False,
) -> None:
    """Serve the decoder: received frames in over ZeroMQ, pictures out.

    A frame is acknowledged when it is on the disk. After a crash, start it again with the same --out: what was accepted
    is decoded then.
    """
    if clients is not None and key is None:
        raise UsageError("--clients needs --key: without it nobody is asked for a key")
    check_endpoint(bind, has_keys=key is not None)
    keys = None if key is None else DecoderKeys.read(key, clients or key.parent / CLIENTS)
    if decoder not in (None, NULL):
        raise typer.BadParameter(f"{NULL} is the only one; a network is named with --model", param_hint="--decoder")

    def ready(models: tuple[str, ...]) -> None:
        what = "nothing, only measures itself," if decoder == NULL else ", ".join(models)
        print(f"decoder {what} at {service.endpoint}, pictures go to {out}", file=sys.stderr, flush=True)
        if supplied is not None:
            print(f"metrics at http://{HOST}:{supplied[0]}/metrics", file=sys.stderr, flush=True)
        supervisor.ready(f"decoder at {service.endpoint}")

    address = options.ray_address(engine, ray_address)
    supervisor = Supervisor()
    figures = None if metrics is None else DecoderMetrics()
    supplied = None if figures is None or metrics is None else serve_metrics(figures.registry, metrics)
    kept = Spool(spool or out / SPOOL, quota_bytes=round(1e6 * quota_mb))
    try:
        service = DecoderService(
            bind,
            spool=kept,
            crew=Crew(
                workers or gpus() or 1,
                worker_command(out, NULL if decoder == NULL else model, Sampling(steps, start, perception), address),
                kept.folder,
            ),
            folder=out,
            deadline_s=deadline_s,
            publish=None if publish == "off" else publish or beside(bind),
            keys=keys,
            metrics=figures,
            turned=supervisor.beat,
            report=_print_json if jsonl else _print_line,
            ready=ready,
        )
    except BaseException:
        kept.close()
        raise
    try:
        service.run()
    finally:
        supervisor.stopping()
        service.close()
        if supplied is not None:
            supplied[1]()


def _print_json(result: Result) -> None:
    print(as_json(result), flush=True)


def _print_line(result: Result) -> None:
    if result.ok:
        version = "" if result.version == 1 else f"  version {result.version}"
        print(
            f"{result.picture or result.picture_id}  {result.width}×{result.height}  "
            f"{result.frames_received}/{result.frames_sent} frames  {result.snr_db:.1f} dB  "
            f"{result.decode_s:.2f} s{version}",
            flush=True,
        )
    else:
        print(f"picture {result.picture_id} failed: {result.error}", flush=True)
