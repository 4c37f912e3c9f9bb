# SPDX-License-Identifier: GPL-3.0-or-later
"""Stream tags: frame headers, from the frame source to the transmitter, and where a recording is torn."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pmt

from lrisc_sdr.types import FrameHeader

HEADER_TAG = pmt.intern("lrisc_header")
LENGTH_TAG = pmt.intern("packet_len")
TORN_TAG = pmt.intern("lrisc_torn")
"""On the first sample that does not join on to the one before it: a receiver begins anew there."""


def header_to_pmt(header: FrameHeader) -> Any:
    """A header as a PMT dictionary of its fields."""
    meta = pmt.make_dict()
    for field in fields(FrameHeader):
        meta = pmt.dict_add(meta, pmt.intern(field.name), pmt.from_long(getattr(header, field.name)))
    return meta


def header_from_pmt(meta: Any) -> FrameHeader:
    """The header of a dictionary made by `header_to_pmt`."""
    return FrameHeader(
        **{
            field.name: pmt.to_long(pmt.dict_ref(meta, pmt.intern(field.name), pmt.PMT_NIL))
            for field in fields(FrameHeader)
        }
    )
