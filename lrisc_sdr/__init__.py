# SPDX-License-Identifier: MIT
"""Pictures over software-defined radios, the generative way (LRISC, arXiv 2504.21577)."""

from __future__ import annotations

__version__ = "0.1.0"
