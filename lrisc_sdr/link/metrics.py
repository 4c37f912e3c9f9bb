# SPDX-License-Identifier: MIT
"""What the decoder service tells Prometheus.

The service's thread hands over what it has counted, once a second; a scrape reads the last of it. No label has a
picture's or a client's name: the number of series stays the same however long the service runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrisc_sdr.link.messages import Result
from lrisc_sdr.metrics import new_registry

if TYPE_CHECKING:
    from prometheus_client import Metric

SNR_DB = tuple(float(snr_db) for snr_db in range(-5, 41, 5))
DECODE_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0)


@dataclass(frozen=True)
class Snapshot:
    """What the service has counted since its start, and how it stands.

    Attributes:
        counters: by the names in `service.COUNTERS`.
        spool: pictures by state.
        spool_bytes: how much is in the spool `[bytes]`.
        quota_bytes: at which it takes no more `[bytes]`.
        workers: that are ready or at work.
        deaths: of workers.
        refused: connections that the keys kept out, by reason.
    """

    counters: Mapping[str, int] = field(default_factory=dict)
    spool: Mapping[str, int] = field(default_factory=dict)
    spool_bytes: int = 0
    quota_bytes: int = 0
    workers: int = 0
    deaths: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)


class DecoderMetrics:
    """Collects; `lrisc_sdr.metrics.serve_metrics` serves its `registry`.

    Raises:
        MissingExtra: prometheus-client is not installed.
    """

    def __init__(self) -> None:
        self.registry = new_registry()
        from prometheus_client import Histogram

        self._snapshot = Snapshot()
        self._frames = {"decoded": 0, "failed": 0}
        self._snr_db = Histogram(
            "lrisc_frame_snr_db", "Es/N0 of accepted frames [dB].", buckets=SNR_DB, registry=self.registry
        )
        self._decode_s = Histogram(
            "lrisc_decode_seconds", "Time to decode a picture [s].", buckets=DECODE_S, registry=self.registry
        )
        self.registry.register(self)

    def frame(self, snr_db: float) -> None:
        """A new frame was accepted."""
        self._snr_db.observe(snr_db)

    def result(self, result: Result) -> None:
        """A picture was decoded or failed."""
        self._frames["decoded" if result.ok else "failed"] += result.frames_received or 0
        if result.decode_s is not None:
            self._decode_s.observe(result.decode_s)

    def take(self, snapshot: Snapshot) -> None:
        """What a scrape sees from now on."""
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """The families of the snapshot; prometheus-client calls it at a scrape, on its own thread."""
        now = self._snapshot
        count = now.counters.get
        frames = {"payload_ok": count("frames", 0), **self._frames}
        yield _counter("lrisc_frames", "Frames that reached a stage of reception.", "stage", frames)
        pictures = {name: count(name, 0) for name in ("decoded", "failed", "decoded_twice")}
        yield _counter("lrisc_pictures", "Pictures, by what became of them.", "outcome", pictures)
        messages = {name: count(name, 0) for name in ("refused", "damaged", "busy", "duplicates")}
        messages["accepted"] = count("messages", 0) - sum(messages[name] for name in ("refused", "damaged", "busy"))
        yield _counter("lrisc_messages", "Clients' messages, by what was answered.", "outcome", messages)
        yield _counter(
            "lrisc_tries_failed", "Decodings that failed and are tried again.", None, count("tries_failed", 0)
        )
        yield _counter("lrisc_refused_connections", "Connections that the keys kept out.", "reason", now.refused)
        yield _counter("lrisc_worker_deaths", "Workers that ended.", None, now.deaths)
        yield _gauge("lrisc_workers", "Workers that are ready or at work.", None, now.workers)
        yield _gauge("lrisc_spool_pictures", "Pictures in the spool.", "state", now.spool)
        yield _gauge("lrisc_spool_bytes", "What is in the spool [bytes].", None, now.spool_bytes)
        yield _gauge("lrisc_spool_quota_bytes", "At which the spool takes no more [bytes].", None, now.quota_bytes)


def _counter(name: str, what: str, label: str | None, values: Mapping[str, int] | int) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    return _fill(CounterMetricFamily(name, what, labels=[label] if label else None), values)


def _gauge(name: str, what: str, label: str | None, values: Mapping[str, int] | int) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    return _fill(GaugeMetricFamily(name, what, labels=[label] if label else None), values)


def _fill(family: Metric, values: Mapping[str, int] | int) -> Metric:
    if isinstance(values, int):
        family.add_metric([], values)  # type: ignore[attr-defined]
    else:
        for key, value in values.items():
            family.add_metric([key], value)  # type: ignore[attr-defined]
    return family
