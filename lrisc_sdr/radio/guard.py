# SPDX-License-Identifier: MIT
"""The guard that stands between every caller and the air.

permit(request)      transmission is wanted · occupied edges in an allowed band · attenuation · burst · duty cycle
    │                nothing has been written to a device; TransmitRefused ends here
on_air(radio, request)
    │ up             time is booked · the guardian forces the transmitter off · settings, read back and checked again ·
    │                line in the log · power up in the order of `Radio.power_up`, read back and checked
    ├─► air.send(samples) …
    │ down           silence, read back · the guardian finds it off too · line in the log · unused time given back
    ▼
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lrisc_sdr.errors import TransmitRefused
from lrisc_sdr.radio import user_files
from lrisc_sdr.radio.air import Account, Air
from lrisc_sdr.radio.allow_list import AllowList
from lrisc_sdr.radio.bands import emission
from lrisc_sdr.radio.guardian import Guardian
from lrisc_sdr.radio.ledger import Ledger
from lrisc_sdr.radio.log import TransmissionLog
from lrisc_sdr.radio.protocol import Radio, RadioSettings, RadioStillOn
from lrisc_sdr.radio.request import Permit, TransmitRequest
from lrisc_sdr.telemetry import run_name, tell
from lrisc_sdr.telemetry.messages import Transmitter

if TYPE_CHECKING:
    from typing_extensions import Self


class TransmitGuard:
    """Decides what may be sent, and is the only way to send it.

    Args:
        allow_list: the user's bands.
        ledger: of time on the air.
        log: of transmissions.
    """

    def __init__(self, allow_list: AllowList, ledger: Ledger, log: TransmissionLog) -> None:
        self._allow_list = allow_list
        self._ledger = ledger
        self._log = log

    @classmethod
    def of_user(cls, allow_list: Path | None = None) -> Self:
        """The guard with this user's files, see `lrisc_sdr.radio.user_files`.

        Args:
            allow_list: in place of the user's usual list.

        Raises:
            ConfigurationError: the list cannot be read.
        """
        listed = AllowList.read(user_files.allow_list_path(allow_list))
        return cls(listed, Ledger(user_files.ledger_path()), TransmissionLog(user_files.log_path()))

    def permit(self, request: TransmitRequest) -> Permit:
        """Find whether a request may be sent; nothing is written to a device, and nothing is booked.

        Raises:
            TransmitRefused: it may not; the message says why.
            ConfigurationError: the ledger cannot be used.
        """
        if not request.transmit:
            raise TransmitRefused("transmission was not asked for: pass --transmit, with an antenna that may radiate")
        if not 0 < request.burst_s <= request.air_time_s <= request.deadline_s < float("inf"):
            raise TransmitRefused("a transmission needs finite times with longest burst <= air time <= deadline")
        permit = self._permit(request, request.settings)
        self._ledger.require_room(permit.band, request.air_time_s)
        return permit

    @contextlib.contextmanager
    def on_air(self, radio: Radio, request: TransmitRequest) -> Iterator[Air]:
        """Power the transmitter up for a request, and down again whatever happens.

        Args:
            radio: the device that `request.silencer` switches off, open.
            request: what will be sent.

        Raises:
            TransmitRefused: the request, or what the radio made of its settings, may not be sent.
            ConfigurationError: ledger or log cannot be written, or the radio refuses its settings.
            ProcessFailed: the guardian ended.
            HardwareError: the device is absent or lost; as RadioStillOn, its transmitter may still be on.
        """
        permit = self.permit(request)
        with (
            _told(permit),
            self._accounted(permit) as account,
            Guardian(request.silencer, request.deadline_s, self._log.path) as guardian,
            _silenced(radio),
        ):
            ready = radio.configure(request.settings)
            self._confirm(permit, ready)
            self._log.append("up", {**_facts(permit), "settings": asdict(ready)})
            account.logged = True
            guardian.require_alive()
            self._confirm(permit, radio.power_up())
            _tell(permit, "on")
            guardian.require_alive()
            yield Air(radio, ready.rate_sps, request.air_time_s, permit.band, guardian, account)

    def _permit(self, request: TransmitRequest, settings: RadioSettings) -> Permit:
        """The request as these settings would send it."""
        occupied = emission(request.waveform, settings.rate_sps, settings.tx_lo_hz)
        band = self._allow_list.find(occupied)
        if not settings.tx_attenuation_db >= band.least_attenuation_db:
            raise TransmitRefused(
                f"band {band} is allowed with an attenuation of {band.least_attenuation_db:g} dB or more, "
                f"not with {settings.tx_attenuation_db:g} dB"
            )
        if request.burst_s > band.longest_burst_s:
            raise TransmitRefused(
                f"band {band} is allowed with bursts of {band.longest_burst_s:g} s or less, not {request.burst_s:.3g} s"
            )
        return Permit(request, occupied, band)

    def _confirm(self, permit: Permit, read_back: RadioSettings) -> None:
        """What the device reads back must keep the limits under which the time was booked."""
        found = self._permit(permit.request, read_back)
        if found.band != permit.band:
            raise TransmitRefused(f"the radio has tuned to {found.emission}, not to {permit.emission}")

    @contextlib.contextmanager
    def _accounted(self, permit: Permit) -> Iterator[Account]:
        """Book the time, and afterwards log what was sent and give back what was not.

        The booking stays whole where the transmitter was not found off.
        """
        request, account, ending = permit.request, Account(), "done"
        booking = self._ledger.book(permit.band, permit.emission, request.air_time_s, request.deadline_s)
        try:
            yield account
        except BaseException as error:
            ending = type(error).__name__
            raise
        finally:
            if ending != RadioStillOn.__name__:
                self._ledger.settle(booking, account.air_time_s)
            if account.logged:
                sent = {"bursts": account.bursts, "air_time_s": account.air_time_s}
                self._log.append("down", {**_facts(permit), **sent, "ending": ending})


@contextlib.contextmanager
def _silenced(radio: Radio) -> Iterator[None]:
    try:
        yield
    finally:
        radio.silence()


@contextlib.contextmanager
def _told(permit: Permit) -> Iterator[None]:
    """The transmitter's state to whoever watches; it stays as it was last told where it was not found off."""
    _tell(permit, "armed")
    try:
        yield
    except RadioStillOn:
        raise
    except BaseException:
        _tell(permit, "off")
        raise
    _tell(permit, "off")


def _tell(permit: Permit, state: Literal["armed", "on", "off"]) -> None:
    name, band = str(permit.request.silencer)[:200], permit.band.name[:200]
    tell(Transmitter(run=run_name(), state=state, radio=name, band=band))


def _facts(permit: Permit) -> dict[str, Any]:
    request = permit.request
    return {
        "radio": request.silencer.radio,
        "uri": request.silencer.uri,
        "band": permit.band.name,
        "low_hz": permit.emission.low_hz,
        "high_hz": permit.emission.high_hz,
        "waveform": request.waveform.name,
        "purpose": request.purpose,
    }
