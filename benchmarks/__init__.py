# SPDX-License-Identifier: MIT
"""What `lrisc bench` runs: every measurement in a child process, its figures as rows beside goals, limits and peers.

    lrisc bench phy ─► phy.run ─► one module a subject ─┬─► tasks ─► child processes: one function of one module each
                          │                             └─► rows (what, value, goal, met, beside) and curves
                          └─► table on the terminal · one JSON document · plots drawn from that document

A wheel carries this folder as `lrisc_sdr/_benchmarks`; `lrisc_sdr.cli.bench.load` imports it from either place.
"""
