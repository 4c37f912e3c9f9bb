# SPDX-License-Identifier: MIT
"""Campaigns as one HTML file that needs nothing beside it: curves, tables, differences, pictures.

folders ─► loading ─► points ─┬─► curves      SVG by matplotlib
                              ├─► tables      means, differences, the bill, what failed
                              └─► gallery     pictures as data ─► page (jinja2) ─► report.html
"""

from lrisc_sdr.campaigns.report.page import write_report

__all__ = ["write_report"]
