# SPDX-License-Identifier: MIT
"""CURVE key pairs in files, in the format of ZeroMQ's certificates (ZPL, ZeroMQ RFC 4).

    FOLDER/NAME.key           the public key, for others
           NAME.key_secret    both keys, mode 0600, for the owner alone
           clients/*.key      the allow-list: public keys of those whom a decoder lets in

A key is 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32).
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path

import zmq
import zmq.auth

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.user_folders import config_folder

PUBLIC = ".key"
SECRET = ".key_secret"  # noqa: S105 - the end of a file's name
CLIENTS = "clients"

_FORMAT = "#   {title}\nmetadata\ncurve\n{keys}"


def usual_folder() -> Path:
    """Where a user's keys lie where nothing else is said."""
    return config_folder() / "keys"


def create_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a new key pair; returns the files of the public and of the secret key.

    Raises:
        ConfigurationError: there is one of that name, the name is none for a file, or the folder cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise ConfigurationError(f"{name!r} is no name for a key: use letters, digits, dots and dashes")
    public, secret = (key.decode() for key in zmq.curve_keypair())
    lines = [f'    public-key = "{public}"\n', f'    secret-key = "{secret}"\n']
    public_file, secret_file = folder / f"{name}{PUBLIC}", folder / f"{name}{SECRET}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if public_file.exists():
            raise FileExistsError(errno.EEXIST, "exists", str(public_file))
        _write_new(secret_file, _FORMAT.format(title=f"secret key of {name}: show it to nobody", keys="".join(lines)))
        _write_new(public_file, _FORMAT.format(title=f"public key of {name}", keys=lines[0]), 0o644)
    except FileExistsError as error:
        raise ConfigurationError(f"{error.filename} exists: choose another name, or remove it first") from None
    except OSError as error:
        raise ConfigurationError(f"no key can be written to {folder}: {error.strerror}") from None
    return public_file, secret_file


def allow(folder: Path, public_file: Path) -> Path:
    """Put a public key on the allow-list of a folder of keys; returns its file there.

    Raises:
        ConfigurationError: the file holds no public key, or a secret one besides, or the list cannot be written.
    """
    public = read_public(public_file)
    if read_pair(public_file, check_mode=False)[1] is not None:
        raise ConfigurationError(f"{public_file} holds a secret key: give the file of the public one, NAME{PUBLIC}")
    name = public_file.name.removesuffix(PUBLIC)
    allowed = folder / CLIENTS / f"{name}{PUBLIC}"
    if allowed.exists() and read_public(allowed) == public:
        return allowed
    try:
        allowed.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = f'    public-key = "{public.decode()}"\n'
        _write_new(allowed, _FORMAT.format(title=f"public key of {name}", keys=keys), 0o644)
    except FileExistsError:
        raise ConfigurationError(f"{allowed} is another key of that name: rename one of the two") from None
    except OSError as error:
        raise ConfigurationError(f"{allowed} cannot be written: {error.strerror}") from None
    return allowed


def read_public(file: Path) -> bytes:
    """The public key in a file, 40 characters of Z85. Raises `ConfigurationError`."""
    return read_pair(file, check_mode=False)[0]


def read_pair(file: Path, *, check_mode: bool = True) -> tuple[bytes, bytes | None]:
    """The public and, if it is there, the secret key in a file.

    Raises:
        ConfigurationError: there are none, or others than the owner may read the secret one.
    """
    try:
        public, secret = zmq.auth.load_certificate(file)
        mode = stat.S_IMODE(file.stat().st_mode)
    except (OSError, ValueError):  # a file that is not text is a ValueError
        raise ConfigurationError(f"{file} is no file of a key: make one with `lrisc keys create NAME`") from None
    for key in (public, secret):
        if key is not None and not re.fullmatch(rb"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}", key):
            raise ConfigurationError(f"{file} is damaged: a key is 40 characters of Z85")
    if check_mode and secret is not None and mode & 0o077:
        raise ConfigurationError(f"{file} can be read by others: chmod 600 {file}, and better make a new key")
    return public, secret


def read_allowed(folder: Path) -> dict[bytes, str]:
    """Public keys and names on an allow-list. Raises `ConfigurationError` where a file of it holds no key."""
    return {read_public(file): file.name.removesuffix(PUBLIC) for file in sorted(folder.glob(f"*{PUBLIC}"))}


def _write_new(file: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that was not there, whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii", errors="replace") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(part, file)
        except FileExistsError:
            raise FileExistsError(errno.EEXIST, "exists", str(file)) from None
    finally:
        part.unlink()
