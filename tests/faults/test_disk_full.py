# SPDX-License-Identifier: MIT
"""A full disk, as the kernel tells of it: a limit on the size of files, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lrisc_sdr.link.spool import Spool, State

PROGRAM = """
import dataclasses, json, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_spool import finished, frame
from lrisc_sdr.errors import SpoolFull
from lrisc_sdr.link.spool import Spool

spool = Spool(Path(sys.argv[1]), quota_bytes=10**9)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, resource.RLIM_INFINITY))
taken, message = 0, ""
while not message:
    try:
        spool.put([dataclasses.replace(frame(taken), body=bytes(50_000))])
        taken += 1
    except SpoolFull as error:
        message = str(error)
refused = 0
for number in range(1_000, 1_010):
    try:
        spool.put([dataclasses.replace(frame(number), body=bytes(50_000))])
    except SpoolFull:
        refused += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.put([frame(2_000)])
print(json.dumps({"taken": taken, "refused": refused, "message": message}))
"""


def test_a_full_disk_is_told_and_what_was_accepted_stays(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    tests = str(Path(__file__).parents[1] / "link")
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), tests], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["refused"] == 10
    assert "cannot be written" in told["message"]
    spool = Spool(folder, quota_bytes=10**9)
    assert spool.counts()[State.READY] == told["taken"] + 1 > 10
    assert {lease.header.picture_id for lease in spool.claim("a", 1_000)} == {*range(told["taken"]), 2_000}
    spool.close()
