# SPDX-License-Identifier: MIT
"""What receivers and transmitters of this user have told, as figures for Prometheus.

A receiver counts from its own beginning; what is added up here counts from the beginning of the console, and does not
fall when a run ends and another begins.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lrisc_sdr.telemetry.messages import Funnel, Overflows, Told, Transmitter

if TYPE_CHECKING:
    from prometheus_client import Metric

# Those behind them are counted by the decoder service.
STAGES = ("detected", "header_ok")
# Receivers and radios that are remembered, the last that told anything.
KEPT = 256


class Figures:
    """Takes what is told; `prometheus_client.generate_latest` takes it as a registry."""

    def __init__(self) -> None:
        self._frames = dict.fromkeys(STAGES, 0)
        self._receivers: OrderedDict[tuple[str, int], Funnel] = OrderedDict()
        self._dropped = 0
        self._dropping: OrderedDict[tuple[str, int], int] = OrderedDict()
        self._on: OrderedDict[str, bool] = OrderedDict()

    def take(self, told: Told) -> None:
        """Note what concerns it."""
        if isinstance(told, Funnel):
            before = self._receivers.pop((told.run, told.receiver), None)
            for stage in STAGES:
                self._frames[stage] += max(0, getattr(told, stage) - (0 if before is None else getattr(before, stage)))
            self._receivers[told.run, told.receiver] = told
            if len(self._receivers) > KEPT:
                self._receivers.popitem(last=False)
        elif isinstance(told, Overflows):
            self._dropped += max(0, told.dropped - self._dropping.pop((told.run, told.receiver), 0))
            self._dropping[told.run, told.receiver] = told.dropped
            if len(self._dropping) > KEPT:
                self._dropping.popitem(last=False)
        elif isinstance(told, Transmitter):
            self._on.pop(told.radio, None)
            self._on[told.radio] = told.state == "on"
            if len(self._on) > KEPT:
                self._on.popitem(last=False)

    def collect(self) -> Iterator[Metric]:
        """The families of now."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        frames = CounterMetricFamily("lrisc_frames", "Frames that reached a stage of reception.", labels=["stage"])
        for stage, count in self._frames.items():
            frames.add_metric([stage], count)
        yield frames
        dropped = CounterMetricFamily("lrisc_rx_overflows", "Buffers that receivers' radios dropped.")
        dropped.add_metric([], self._dropped)
        yield dropped
        transmitters = GaugeMetricFamily("lrisc_tx_on", "Whether a transmitter is powered up.", labels=["radio"])
        for radio, on in self._on.items():
            transmitters.add_metric([radio], on)
        yield transmitters
