# SPDX-License-Identifier: MIT
"""What a run says on the terminal."""

from __future__ import annotations

import pytest

from lrisc_sdr.cli.watching import print_report
from lrisc_sdr.runs.report import Report


def test_what_is_missing_for_one_reason_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report([])
    report.note("air_s", "only the transmitter knows it")
    report.note("lpips", "AlexNet is missing")
    report.note("encode_s", "only the transmitter knows it")
    print_report(report, None, as_json=False)
    out = capsys.readouterr().out.splitlines()
    assert out[-2:] == ["air_s, encode_s: only the transmitter knows it", "lpips: AlexNet is missing"]
