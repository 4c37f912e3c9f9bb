# SPDX-License-Identifier: MIT
"""A run's folder appears whole, or not at all."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.runs.folder import RunFolder, default_folder


def listing(path: Path) -> set[str]:
    return {str(file.relative_to(path)) for file in path.rglob("*")}


def test_a_run_appears_whole_with_done_in_it(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "new" / "run") as run:
        run.write_json("metrics.json", {"a": 1.5})
        (run.folder("final") / "x.png").write_bytes(b"png")
        assert not (tmp_path / "new" / "run").exists()
        assert run.publish() == tmp_path / "new" / "run"
    assert listing(tmp_path / "new") == {"run", "run/DONE", "run/metrics.json", "run/final", "run/final/x.png"}
    assert json.loads((tmp_path / "new" / "run" / "metrics.json").read_text()) == {"a": 1.5}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_run_that_breaks_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    run = RunFolder(tmp_path / "new" / "runs" / "run")
    with pytest.raises(error), run:
        raise error(run.write_text("config.toml", "x"))
    assert listing(tmp_path) == set()


def test_of_two_runs_for_one_place_the_first_stays(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as late:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "DONE").write_text("the first")
        with pytest.raises(ConfigurationError, match="taken meanwhile"):
            late.publish()
    assert listing(tmp_path) == {"run", "run/DONE"}
    assert (tmp_path / "run" / "DONE").read_text() == "the first"


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with RunFolder(tmp_path / "run") as run:
        run.publish()
    assert listing(tmp_path) == {"run", "run/DONE"}


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"a")
    for overwrite in (False, True):
        with pytest.raises(ConfigurationError, match="not empty"):
            RunFolder(tmp_path / "photos", overwrite=overwrite)
        with pytest.raises(ConfigurationError, match="is a file"):
            RunFolder(tmp_path / "photos" / "a.jpg", overwrite=overwrite)
    assert listing(tmp_path) == {"photos", "photos/a.jpg"}


def test_a_finished_run_is_replaced_only_when_asked(tmp_path: Path) -> None:
    for text in ("one", "two"):
        with RunFolder(tmp_path / "run", overwrite=True) as run:
            run.write_text(text, text)
            run.publish()
    assert listing(tmp_path) == {"run", "run/DONE", "run/two"}
    with pytest.raises(ConfigurationError, match="--overwrite"):
        RunFolder(tmp_path / "run")


def test_a_run_that_breaks_leaves_the_finished_one_before_it(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "run") as run:
        run.publish()
    with pytest.raises(ValueError), RunFolder(tmp_path / "run", overwrite=True) as run:
        raise ValueError
    assert listing(tmp_path) == {"run", "run/DONE"}


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        RunFolder(tmp_path / "file" / "run")


def test_default_folders_are_told_apart_by_time_and_verb() -> None:
    assert default_folder("loop").parent == Path("runs")
    assert default_folder("loop").name.endswith("Z-loop")
    first = default_folder("loop")
    time.sleep(0.002)
    assert default_folder("loop") != first
