# SPDX-License-Identifier: MIT
"""Rows on disk: whole whatever happens, and every job done once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lrisc_sdr.campaigns.rows import ROWS, RowStore, key_of, read_rows
from lrisc_sdr.errors import ConfigurationError, InputError

KEYS = [key_of({"number": number}) for number in range(40)]

WORKER = """
import sys, time
from pathlib import Path
from lrisc_sdr.campaigns.rows import RowStore
folder, name, *keys = sys.argv[1:]
store = RowStore(Path(folder))
print("ready", flush=True)
sys.stdin.readline()
left = keys
while left := [key for key in left if key not in store.refresh()]:
    for key in left:
        with store.claim(key, [key]) as mine:
            if mine:
                time.sleep(0.002)
                store.append([{"key": key, "by": name, "long": "x" * 5000}])
    time.sleep(0.001)
"""


def start(folder: Path, name: str, keys: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), name, *keys],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_key_stands_for_its_inputs() -> None:
    assert key_of({"a": 1, "b": 2.5}) == key_of({"b": 2.5, "a": 1})
    assert len(set(KEYS)) == len(KEYS)
    assert all(len(key) == 16 for key in KEYS)


def test_processes_share_the_jobs_and_do_none_twice(tmp_path: Path) -> None:
    processes = [start(tmp_path, str(number), KEYS if number else KEYS[::-1]) for number in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    rows = read_rows(tmp_path)
    assert sorted(row["key"] for row in rows) == sorted(KEYS)
    assert len({row["by"] for row in rows}) > 1


def test_what_a_killed_process_claimed_is_free_again(tmp_path: Path) -> None:
    code = WORKER.replace("if mine:", "if mine:\n                print('mine', flush=True); time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), "dying", KEYS[0]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "mine\n"]
    store = RowStore(tmp_path)
    with store.claim(KEYS[0], KEYS[:1]) as mine:
        assert not mine
    with store.claim(KEYS[1], KEYS[1:2]) as mine:
        assert mine
    process.kill()
    process.wait()
    with store.claim(KEYS[0], KEYS[:1]) as mine:
        assert mine


def test_half_a_line_is_taken_away_before_the_next(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    store.append([{"key": KEYS[0]}])
    with (tmp_path / ROWS).open("a") as file:
        file.write('{"key": "' + KEYS[1])
    assert [row["key"] for row in read_rows(tmp_path)] == KEYS[:1]
    assert store.refresh() == set(KEYS[:1])
    store.append([{"key": KEYS[2]}, {"key": KEYS[3]}])
    assert [row["key"] for row in read_rows(tmp_path)] == [KEYS[0], KEYS[2], KEYS[3]]
    assert store.refresh() == {KEYS[0], KEYS[2], KEYS[3]}


def test_a_job_is_finished_when_all_of_its_rows_are_there(tmp_path: Path) -> None:
    store = RowStore(tmp_path)
    store.append([{"key": KEYS[0]}])
    with store.claim(KEYS[9], KEYS[:2]) as mine:
        assert mine
    store.append([{"key": KEYS[1]}])
    with store.claim(KEYS[9], KEYS[:2]) as mine:
        assert not mine


@pytest.mark.parametrize("line", ["nonsense\n", "[1]\n", '{"no": "key"}\n'])
def test_a_damaged_file_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / ROWS).write_text(line)
    with pytest.raises(InputError, match="damaged"):
        read_rows(tmp_path)


def test_folders_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no campaign"):
        read_rows(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        RowStore(tmp_path / "file")
