# SPDX-License-Identifier: MIT
"""What is shipped for operation names what exists: metrics, commands, extras, files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def exported() -> set[str]:
    """Names of all series that a decoder exports."""
    pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")
    from lrisc_sdr.link.messages import Result
    from lrisc_sdr.link.metrics import DecoderMetrics, Snapshot

    metrics = DecoderMetrics()
    metrics.frame(10.0)
    metrics.result(Result(picture_id=1, ok=True, frames_received=1, decode_s=1.0))
    metrics.take(Snapshot(spool={"ready": 1}, refused={"no_key": 1}))
    return {sample.name for family in metrics.registry.collect() for sample in family.samples}


def test_every_query_of_the_dashboard_names_an_exported_metric() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "decoder.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [variable["query"] for variable in dashboard["templating"]["list"]]
    names = {name for query in queries for name in re.findall(r"\b(?:lrisc|process)_[a-z_]+", query)}
    assert len(names) > 10
    assert names <= exported()


def test_every_metric_that_is_exported_is_described() -> None:
    described = (ROOT / "docs" / "service.md").read_text()
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in exported() if name.startswith("lrisc_")}
    assert {name for name in families if f"`{name}" not in described} == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/opt/lrisc/bin/lrisc", sys.executable))
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(here)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_units_call_verbs_and_options_that_there_are() -> None:
    from lrisc_sdr.cli.registry import VERBS

    commands = [
        line.partition("=")[2].split()[1:]
        for unit in UNITS
        for line in unit.read_text().splitlines()
        if line.startswith("Exec")
    ]
    assert {command[0] for command in commands} == {"decode", "tx", "tx-off"}
    for verb, *words in commands:
        source = Path(sys.modules[VERBS[verb].load().__module__].__file__ or "").read_text()
        if verb == "tx":
            source += (ROOT / "lrisc_sdr" / "cli" / "radio_options.py").read_text()
        for option in (word[2:].replace("-", "_") for word in words if word.startswith("--")):
            assert re.search(rf"\b{option}: ", source), option


def test_the_transmitter_is_switched_off_however_its_unit_ends() -> None:
    (unit,) = [unit.read_text() for unit in UNITS if "lrisc tx " in unit.read_text()]
    assert re.search(r"^ExecStopPost=\S+ tx-off --radio \$\{LRISC_RADIO\} --uri \$\{LRISC_URI\}$", unit, re.MULTILINE)


def test_the_container_installs_extras_and_copies_files_that_there_are() -> None:
    tomllib = pytest.importorskip("tomllib")
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    installed = re.findall(r'pip install -c constraints\.txt "\.\[([a-z,]+)\]"', "\n".join(lines))
    assert [set(names.split(",")) for names in installed] == [{"codec", "service"}]
    assert {name for names in installed for name in names.split(",")} <= set(extras)
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    beside = re.search(r"^FOLDERS = \((.+)\)$", (ROOT / "tools" / "hatch_build.py").read_text(), re.MULTILINE)
    assert beside is not None
    assert set(re.findall(r'"(\w+)"', beside[1])) <= set(copied)
