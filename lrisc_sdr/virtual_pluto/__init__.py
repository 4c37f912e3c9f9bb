# SPDX-License-Identifier: MIT
"""A Pluto made of software: real clients of libiio find radios on loopback, with the project's channel between them.

    client ─► session ─► pluto_context ─► state          attributes
                  └────► air ─► playout ─► path ─► receiver     samples

with VirtualPluto(VirtualSettings(n_radios=2)) as plutos:
    sdr = adi.Pluto(plutos.uris[0])
"""

from lrisc_sdr.virtual_pluto.front_end import FrontEnd, Imbalance
from lrisc_sdr.virtual_pluto.server import DEFAULT_PORT, VirtualPluto
from lrisc_sdr.virtual_pluto.settings import VirtualSettings

__all__ = ["DEFAULT_PORT", "FrontEnd", "Imbalance", "VirtualPluto", "VirtualSettings"]
