# SPDX-License-Identifier: MIT
"""Checks of Python, GNU Radio, the neural codec's packages and the weights; none of them raises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lrisc_sdr.cli.checks.check import ALL, ON_GPU, ON_RADIO, Check, Status, apt, extra, probe
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.packaged_models import MODELS, packaged_names

SYSTEM_PYTHON = "/usr/bin/python3"
NUMPY_FIX = "pip install -c constraints.txt 'numpy<2'"


def python() -> Check:
    """The interpreter."""
    return Check("Python", Status.OK, f"{sys.version.split()[0]} ({sys.executable})", needed_by=ALL)


def gnu_radio() -> Check:
    """GNU Radio with the modules that the flowgraphs use."""
    code = "from gnuradio import blocks, digital, gr, pdu, zeromq; print(gr.version())"
    good, text = probe(code)
    if good:
        return Check("GNU Radio", Status.OK, text, needed_by=ON_RADIO)
    if "numpy" in text.lower():
        return Check("GNU Radio", Status.BROKEN, text, NUMPY_FIX, ON_RADIO)
    if probe("import gnuradio", SYSTEM_PYTHON)[0] and sys.executable != SYSTEM_PYTHON:
        fix = f"make setup, or {SYSTEM_PYTHON} -m venv --system-site-packages .venv"
        return Check("GNU Radio", Status.ABSENT, "installed, but this Python cannot see it", fix, ON_RADIO)
    return Check("GNU Radio", Status.ABSENT, text, apt("gnuradio"), ON_RADIO)


def numpy_abi() -> Check:
    """Whether samples pass between GNU Radio's compiled blocks and this numpy."""
    code = (
        "import numpy; from gnuradio import blocks, gr; t = gr.top_block(); k = blocks.vector_sink_c()\n"
        "s = blocks.vector_source_c(numpy.arange(8, dtype=numpy.complex64)); t.connect(s, k); t.run()\n"
        "assert numpy.array_equal(numpy.array(k.data()), numpy.arange(8)); print(numpy.__version__)"
    )
    good, text = probe(code)
    if good:
        return Check("numpy with GNU Radio", Status.OK, text, needed_by=ON_RADIO)
    if "No module named 'gnuradio'" in text:
        return Check("numpy with GNU Radio", Status.ABSENT, "not tried without GNU Radio", needed_by=frozenset())
    return Check("numpy with GNU Radio", Status.BROKEN, text, NUMPY_FIX, ON_RADIO)


def torch() -> Check:
    """torch and the other packages of the neural codec."""
    good, text = probe("import constriction, safetensors, torch; print(torch.__version__)")
    fix = "" if good else extra("codec")
    return Check("torch", Status.OK if good else Status.ABSENT, text, fix, ON_GPU)


def gpu() -> Check:
    """An NVIDIA GPU, and whether torch can use it."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        listed = ""
    if "GPU" not in listed:
        return Check("GPU", Status.ABSENT, "no NVIDIA GPU; decoding on the CPU takes seconds a picture")
    name = listed.splitlines()[0].split("(")[0].strip()
    code = "import torch; assert torch.cuda.is_available(), 'torch cannot use it'; print(torch.version.cuda)"
    good, text = probe(code)
    if good:
        return Check("GPU", Status.OK, f"{name}, CUDA {text}")
    return Check("GPU", Status.ABSENT, f"{name}, but {text}", "rm -r .venv && LRISC_TORCH=cuda make setup")


def model(folder: Path = MODELS) -> Check:
    """Weights of the codec."""
    names = packaged_names(folder)
    if not names:
        fix = "install a release that carries one, or make one: lrisc train"
        return Check("model", Status.ABSENT, f"none in {folder}", fix, ON_GPU)
    return Check("model", Status.OK, ", ".join(names), needed_by=ON_GPU)


def metric_weights() -> Check:
    """Weights of the perceptual metrics."""
    from lrisc_sdr.evaluation import weights

    looks: dict[str, Callable[[], object]] = {"LPIPS": lambda: weights.lpips("alex"), "DISTS": weights.dists}
    have, missing = [], []
    for name, look in looks.items():
        try:
            look()
            have.append(name)
        except ConfigurationError as error:
            missing.append(str(error))
    if missing:
        found = f"{', '.join(have) or 'none'}; the rest is null in reports"
        return Check("metric weights", Status.ABSENT, found, missing[0])
    return Check("metric weights", Status.OK, ", ".join(have))


def demo_picture() -> Check:
    """The picture that `lrisc loop` sends when it is given none."""
    from lrisc_sdr import pictures

    try:
        name, picture = pictures.default_picture()
    except ConfigurationError as error:
        return Check("demonstration picture", Status.ABSENT, str(error), extra("demo"))
    return Check("demonstration picture", Status.OK, f"{name}, {picture.shape[0]}×{picture.shape[1]}")
