# SPDX-License-Identifier: MIT
"""UHD and SoapySDR, as far as devices that are absent show them."""

from __future__ import annotations

import sys

import pytest

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.radio.opening import open_radio
from lrisc_sdr.radio.protocol import RadioAbsent


@pytest.mark.parametrize(("radio", "module"), [("soapy", "SoapySDR"), ("uhd", "uhd")])
def test_a_driver_that_is_not_installed_is_one_line(radio: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match="apt-get install python3-"):
        open_radio(radio, "")


@pytest.mark.parametrize("uri", ["driver=absent", "driver=null"])
def test_soapy_names_a_device_that_is_not_there_or_has_no_receiver(uri: str) -> None:
    pytest.importorskip("SoapySDR", reason="SoapySDR is not installed for this Python")
    with pytest.raises(RadioAbsent, match=uri):
        open_radio("soapy", uri)


def test_uhd_names_a_device_that_is_not_there() -> None:
    if "gnuradio.uhd" in sys.modules:
        pytest.skip("GNU Radio's UHD is loaded: a process bears one of the two bindings")
    pytest.importorskip("uhd", reason="UHD is not installed for this Python")
    with pytest.raises(RadioAbsent, match="addr=127"):
        open_radio("uhd", "addr=127.0.0.1")
