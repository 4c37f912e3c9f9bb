# SPDX-License-Identifier: MIT
"""`lrisc keys`: the keys with which a decoder is reached from other machines."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.errors import UsageError
from lrisc_sdr.link.key_files import CLIENTS, PUBLIC, allow, create_pair, read_allowed, read_public, usual_folder


class Action(str, Enum):
    """What is done with keys."""

    CREATE = "create"
    ALLOW = "allow"
    LS = "ls"


def keys(
    action: Annotated[
        Action, typer.Argument(help="create NAME…: new pairs; allow FILE…: let clients in; ls: what there is.")
    ],
    what: Annotated[
        list[str] | None, typer.Argument(help="Names of new pairs, or files of public keys.", show_default=False)
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Folder of the keys.", show_default="$XDG_CONFIG_HOME/lrisc/keys")
    ] = None,
) -> None:
    """Make and list CURVE keys: a decoder needs its pair and a list of clients, a client its own and the decoder's key.

    NAME.key is public and goes to the other side, by a way that nobody can change it on; NAME.key_secret never leaves
    its machine.
    """
    place = folder or usual_folder()
    given = what or []
    if (action is Action.LS) == bool(given):
        raise UsageError(f"`lrisc keys {action.value}` takes {'no names' if given else 'at least one name or file'}")
    if action is Action.CREATE:
        for name in given:
            public, secret = create_pair(place, name)
            print(public)
            print(f"{secret} is the secret key: it stays on this machine", file=sys.stderr)
    elif action is Action.ALLOW:
        for name in given:
            print(allow(place, Path(name)))
    else:
        for file in sorted(place.glob(f"*{PUBLIC}")):
            print(f"{read_public(file).decode()}  {file}")
        for key, name in read_allowed(place / CLIENTS).items():
            print(f"{key.decode()}  {place / CLIENTS / name}{PUBLIC}  allowed")
