# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from benchmarks.tasks import Task, Work
from lrisc_sdr.errors import ProcessFailed

WRONG = {"waveform": "pluto257", "kind": "a tone", "samples": 1, "seconds": 60.0, "seed": 0, "part": 0}


def test_results_come_in_the_order_of_the_tasks() -> None:
    told: list[tuple[str, int, int | None]] = []
    work = Work(2, lambda *seen: told.append(seen))
    right = WRONG | {"waveform": "pluto256"}
    tasks = [
        Task("phy.false_alarms:trial", right | {"samples": 3 << 20}),
        Task("phy.false_alarms:trial", WRONG, peer=True),
        Task("phy.false_alarms:trial", right),
    ]
    long, missing, short = work.run("subject", tasks)
    assert long == {"samples": 3 << 20, "detected": 0}
    assert "did you mean pluto256" in missing["missing"]
    assert short["samples"] == 1 << 20
    assert told[0] == ("subject", 0, 3)
    assert told[-1] == ("subject", 3, 3)


def test_a_task_of_ours_that_fails_ends_the_run() -> None:
    with pytest.raises(ProcessFailed, match=r"phy.false_alarms:trial.*did you mean pluto256"):
        Work().run("subject", [Task("phy.false_alarms:trial", WRONG)], alone=True)
