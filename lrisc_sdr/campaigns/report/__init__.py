# SPDX-License-Identifier: MIT
"""Campaigns as one HTML file that needs nothing beside it: curves, tables, differences, pictures.

folders ─► loading ─► points ─┬─► curves      SVG by matplotlib
                              ├─► tables      means, differences, the bill, what failed
                              └─► gallery     pictures as data ─► page (jinja2) ─► report.html

`run_page` does the same for one run's folder.
"""

from lrisc_sdr.campaigns.report.page import write_report
from lrisc_sdr.campaigns.report.run_page import is_run, write_run_report

__all__ = ["is_run", "write_report", "write_run_report"]
