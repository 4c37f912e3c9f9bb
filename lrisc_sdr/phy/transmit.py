# SPDX-License-Identifier: MIT
"""A frame to its burst: preamble, header and payload on data carriers, pilots."""

from __future__ import annotations

import numpy as np

from lrisc_sdr import coding
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.phy.modulation import modulate
from lrisc_sdr.types import ComplexArray, Frame
from lrisc_sdr.waveform import Waveform


def transmit(frame: Frame, waveform: Waveform) -> ComplexArray:
    """Return the burst of one frame, c64 `[waveform.frame_samples(frame.header.n_symbols)]`.

    The mean power is 1 per sample for symbols of unit mean power. Carriers left over in the last OFDM symbol carry QPSK
    from the whitening sequence, so that its power is that of the others.

    Raises:
        ConfigurationError: the frame holds another number of symbols than its header says.
    """
    n_symbols = frame.header.n_symbols
    if frame.symbols.shape != (n_symbols,):
        raise ConfigurationError(f"the frame holds {frame.symbols.shape} symbols, its header says {n_symbols}")
    rows = waveform.payload_ofdm_symbols(n_symbols)
    stream = np.empty(rows * waveform.n_data, dtype=np.complex64)
    end = coding.HEADER_SYMBOLS + n_symbols
    stream[: coding.HEADER_SYMBOLS] = coding.encode_header(frame.header)
    stream[coding.HEADER_SYMBOLS : end] = frame.symbols
    stream[end:] = coding.qpsk_map(coding.whitening(2 * (stream.size - end)))
    lead = waveform.preamble_symbols
    carriers = np.empty((lead + rows, waveform.n_used), dtype=np.complex64)
    carriers[:lead] = np.outer(np.array(waveform.preamble_signs, dtype=np.float32), waveform.preamble_carriers)
    carriers[lead:, waveform.data_columns] = stream.reshape(rows, waveform.n_data)
    carriers[lead:, waveform.pilot_columns] = waveform.pilots(0, rows)
    return modulate(carriers, waveform)
