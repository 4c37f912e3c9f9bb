# SPDX-License-Identifier: MIT
"""Campaigns as one HTML file that needs nothing beside it: curves, tables, differences, pictures.

folders ─► loading ─► points ─┬─► curves      SVG by matplotlib
                              ├─► tables      means, differences, the bill, what failed
                              └─► gallery     pictures as data ─► page (jinja2) ─► report.html

`run_page` does the same for one run's folder, `training_page` for one of `lrisc train`, `decoder_page` for one of
`lrisc decode`.
"""

from lrisc_sdr.campaigns.report.decoder_page import is_decoded, write_decoder_report
from lrisc_sdr.campaigns.report.page import write_report
from lrisc_sdr.campaigns.report.run_page import is_run, write_run_report
from lrisc_sdr.campaigns.report.training_page import is_training, write_training_report

__all__ = [
    "is_decoded", "is_run", "is_training", "write_decoder_report", "write_report", "write_run_report",
    "write_training_report",
]  # fmt: skip
