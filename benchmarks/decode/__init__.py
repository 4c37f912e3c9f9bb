# SPDX-License-Identifier: MIT
"""What decoding costs: latency, throughput, and the arithmetic below which they cannot fall."""
