# SPDX-License-Identifier: MIT
"""Checks of radios and their drivers, of the disk and of the clock; none of them raises."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
import time
from importlib import metadata
from pathlib import Path

from lrisc_sdr.cli.checks.check import ALL, Check, Status, apt, extra, probe

FREE_BYTES = 2 * 10**9
# A clock before this release (2026-01-01) is wrong: certificates and the times in captures depend on it.
RELEASED = 1_767_225_600


def libiio() -> Check:
    """The library that reaches a Pluto."""
    library = ctypes.util.find_library("iio")
    if library is None:
        return Check("libiio", Status.ABSENT, "not installed; only a Pluto needs it", apt("libiio0 libiio-utils"))
    return Check("libiio", Status.OK, library)


def pyadi_iio() -> Check:
    """Its Python side."""
    good, text = probe("import iio, adi; print('libiio', '.'.join(map(str, iio.version[:2])))")
    if good:
        return Check("pyadi-iio", Status.OK, f"{metadata.version('pyadi-iio')} with {text}")
    absent = "No module named" in text
    found = "not installed; only a Pluto needs it" if absent else text
    return Check("pyadi-iio", Status.ABSENT if absent else Status.BROKEN, found, extra("radio"))


def uhd() -> Check:
    """Ettus radios, through GNU Radio."""
    good, text = probe("from gnuradio import uhd; print(uhd.get_version_string())")
    if good:
        return Check("UHD", Status.OK, text)
    return Check("UHD", Status.ABSENT, "not to be had; only a USRP needs it", apt("gnuradio uhd-host"))


def soapy() -> Check:
    """Other radios."""
    good, text = probe("import SoapySDR; print(SoapySDR.getAPIVersion())")
    if good:
        return Check("SoapySDR", Status.OK, text)
    fix = apt("python3-soapysdr soapysdr-tools")
    return Check("SoapySDR", Status.ABSENT, "not installed; only radios without a driver here need it", fix)


# Vendor and product of radios on USB, as in /sys/bus/usb/devices.
USB_RADIOS = {
    ("0456", "b673"): "ADALM-Pluto",
    ("2500", "0020"): "USRP B200/B210",
    ("2500", "0022"): "USRP B205mini",
    ("1d50", "6089"): "HackRF One",
    ("1d50", "6108"): "LimeSDR",
    ("0bda", "2838"): "RTL-SDR",
}


def usb(devices: Path = Path("/sys/bus/usb/devices"), nodes: Path = Path("/dev/bus/usb")) -> Check:
    """Radios on USB, and whether this user may open them."""
    found, closed = [], []
    for device in sorted(devices.glob("*")) if devices.is_dir() else []:
        try:
            identity = tuple((device / name).read_text().strip() for name in ("idVendor", "idProduct"))
            bus, number = (int((device / name).read_text()) for name in ("busnum", "devnum"))
        except (OSError, ValueError):
            continue
        radio = USB_RADIOS.get((identity[0], identity[1]))
        if radio is not None:
            found.append(radio)
            node = nodes / f"{bus:03d}" / f"{number:03d}"
            if not os.access(node, os.R_OK | os.W_OK):
                closed.append(f"{radio} ({node})")
    if closed:
        fix = "sudo apt-get install libiio-utils uhd-host, which bring udev rules, then plug it in again"
        return Check("USB radios", Status.BROKEN, f"no right to open {', '.join(closed)}", fix)
    if not found:
        return Check("USB radios", Status.ABSENT, "none plugged in; the loopback needs none")
    return Check("USB radios", Status.OK, ", ".join(found))


def disk() -> Check:
    """Space for the folders of runs."""
    free = shutil.disk_usage(Path.cwd()).free
    found = f"{free / 1e9:.1f} GB free in {Path.cwd()}"
    if free < FREE_BYTES:
        fix = f"make {FREE_BYTES / 1e9:.0f} GB free, or work in another folder"
        return Check("disk", Status.BROKEN, found, fix, ALL)
    return Check("disk", Status.OK, found, needed_by=ALL)


def clock() -> Check:
    """Whether it can be right, and whether the network keeps it so."""
    now = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    if time.time() < RELEASED:
        return Check("clock", Status.BROKEN, f"{now} is past", "sudo timedatectl set-ntp true", ALL)
    try:
        command = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        answer = ""
    if answer == "no":
        found = f"{now}, not kept by the network; captures carry its times"
        return Check("clock", Status.ABSENT, found, "sudo timedatectl set-ntp true")
    return Check("clock", Status.OK, now + (", kept by the network" if answer == "yes" else ""), needed_by=ALL)
