# SPDX-License-Identifier: MIT
"""`python -m lrisc_sdr.cli`."""

import sys

from lrisc_sdr.cli import main

sys.exit(main())
