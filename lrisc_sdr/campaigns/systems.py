# SPDX-License-Identifier: MIT
"""Systems by name: a campaign's table `[[systems]]` to what sends and receives pictures.

kind ─► options (a dataclass, strictly checked) ─► make ─┬─► Branches: one transmitter, one picture or several
                                                         └─► Bound: what could be received; nothing is sent

Torch and the baselines are imported when a campaign names them.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol

from lrisc_sdr.errors import ConfigurationError, MissingExtra
from lrisc_sdr.evaluation.system import System
from lrisc_sdr.sampling import Sampling, Start
from lrisc_sdr.settings_file import to_dataclass
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents


class Branches(Protocol):
    """A transmitter, and the pictures that come of one reception.

    Attributes:
        names: the systems that the pictures are rows of.
        identity: what tells its results from those of other weights and settings.
    """

    names: tuple[str, ...]
    identity: str

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """As `System.encode`."""
        ...

    def decode(self, received: ReceivedLatents) -> Mapping[str, ByteArray]:
        """As `System.decode`, the pictures by the names of their systems."""
        ...


class Single:
    """A system with one picture, its rows called `name`."""

    def __init__(self, name: str, system: System, identity: str) -> None:
        self._system = system
        self.names: tuple[str, ...] = (name,)
        self.identity = identity

    def encode(self, image: ByteArray, snr_db: float, budget: Callable[[int], int]) -> Latents:
        """As `System.encode`."""
        return self._system.encode(image, snr_db, budget)

    def decode(self, received: ReceivedLatents) -> Mapping[str, ByteArray]:
        """The one picture."""
        return {self.names[0]: self._system.decode(received)}


class Bound:
    """What a system could show at best: one picture, made without sending anything.

    Args:
        name: of its rows.
        picture: from u8 `[H, W, 3]`, the channel's Es/N0 `[dB]` and the budget, as `System.encode` gets them.
        identity: as `Branches.identity`.
    """

    def __init__(
        self, name: str, picture: Callable[[ByteArray, float, Callable[[int], int]], ByteArray], identity: str
    ) -> None:
        self.names: tuple[str, ...] = (name,)
        self.picture = picture
        self.identity = identity


@dataclass(frozen=True)
class LriscOptions:
    """
    Attributes:
        model: name or folder of the model.
        mode: whether patches take lengths of their own or all the same.
        steps: diffusion steps, one row each; 0 is the JSCC picture.
        start: where diffusion starts.
        perception: between the least squared error, 0, and the most natural picture, 1.
        refine: gradient steps by which the transmitter refines its symbols; 0 for none.
        roi: region of interest: top, left, bottom, right as fractions of the picture; empty for none.
    """

    model: str = "small"
    mode: Literal["adaptive", "uniform"] = "adaptive"
    steps: tuple[int, ...] = (0, 1)
    start: Start = "jscc"
    perception: float = 1.0
    refine: int = 0
    roi: tuple[float, ...] = ()


@dataclass(frozen=True)
class DeepJsccOptions:
    """
    Attributes:
        model: folder of the model.
    """

    model: str


@dataclass(frozen=True)
class DigitalOptions:
    """
    Attributes:
        codec: the source code: avif, heif, webp or jpeg2000.
        mcs: modulation and code rate, a number of 5G's table; "best" takes the best for the SNR told.
    """

    codec: str = "avif"
    mcs: int | Literal["best"] = "best"


@dataclass(frozen=True)
class IdealOptions:
    """
    Attributes:
        codec: the source code: avif, heif, webp or jpeg2000.
    """

    codec: str = "avif"


@dataclass(frozen=True)
class Kind:
    """One kind of system.

    Attributes:
        options: dataclass of its options.
        make: from the rows' name and the options.
        extra: what brings its dependencies.
    """

    options: type[Any]
    make: Callable[[str, Any], Branches | Bound]
    extra: str


def _lrisc(name: str, options: LriscOptions) -> Branches:
    from lrisc_sdr.campaigns.lrisc import LriscBranches

    try:
        samplings = [Sampling(count, options.start, options.perception) for count in options.steps]
    except ConfigurationError as error:
        raise ConfigurationError(f"system {name}: {error}") from None
    return LriscBranches(name, options.model, options.mode, samplings, options.roi, options.refine)


def _deepjscc(name: str, options: DeepJsccOptions) -> Branches:
    from lrisc_sdr.baselines.deepjscc import DeepJscc

    system = DeepJscc.from_pretrained(options.model, name)
    return Single(name, system, system.model_id)


def _digital(name: str, options: DigitalOptions) -> Branches:
    from lrisc_sdr.baselines.digital import DigitalLink

    link = DigitalLink(options.codec, None if options.mcs == "best" else options.mcs)
    return Single(name, link, f"digital {options.codec} {options.mcs}")


def _ideal(name: str, options: IdealOptions) -> Bound:
    from lrisc_sdr.baselines.ideal import IdealLink

    link = IdealLink(options.codec)
    return Bound(name, lambda image, snr_db, budget: link.picture(image, snr_db, budget)[0], f"ideal {options.codec}")


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "lrisc": Kind(LriscOptions, _lrisc, "codec"),
        "deepjscc": Kind(DeepJsccOptions, _deepjscc, "codec"),
        "digital": Kind(DigitalOptions, _digital, "digital"),
        "ideal": Kind(IdealOptions, _ideal, "digital"),
    }
)


def make(table: Mapping[str, Any]) -> Branches | Bound:
    """The system of a table: `kind`, `name` (the kind's own where it is left out), and that kind's options.

    Raises:
        ConfigurationError: no such kind, an unknown option (the message names the nearest), or the system cannot be had
            here.
    """
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        near = difflib.get_close_matches(str(kind), KINDS, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(KINDS)}"
        raise ConfigurationError(f"no kind of system is called {kind}: {hint}")
    name = table.get("name", kind)
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(f"the name of system {kind} is a text")
    values = {key: value for key, value in table.items() if key not in ("kind", "name")}
    options = to_dataclass(values, KINDS[kind].options, f"system {name}")
    try:
        return KINDS[kind].make(name, options)
    except ModuleNotFoundError as error:
        raise MissingExtra(error.name or "a dependency", KINDS[kind].extra) from error


def make_all(tables: tuple[Mapping[str, Any], ...]) -> list[Branches | Bound]:
    """The systems of a campaign.

    Raises:
        ConfigurationError: as `make`, or two systems have one name.
    """
    made = [make(table) for table in tables]
    taken: set[str] = set()
    for name in (name for branches in made for name in branches.names):
        if name in taken:
            raise ConfigurationError(f"two systems are called {name}: give them different names")
        taken.add(name)
    return made
