# SPDX-License-Identifier: MIT
"""Pictures over software-defined radios, the generative way (LRISC, arXiv 2504.21577)."""
