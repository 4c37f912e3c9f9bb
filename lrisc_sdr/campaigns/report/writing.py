# SPDX-License-Identifier: MIT
"""From a template to a file that a browser needs nothing beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ConfigurationError, MissingExtra

_HERE = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """A page, with the style and the script of all reports in it.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra("jinja2", "report") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(
        style=(_HERE / "page.css").read_text(encoding="utf-8"),
        script=(_HERE / "page.js").read_text(encoding="utf-8"),
        **values,
    )


def write_page(page: str, out: Path) -> None:
    """Write the file whole, or not at all.

    Raises:
        ConfigurationError: it cannot be written.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_text(page, encoding="utf-8")
        part.replace(out)
    except OSError as error:
        raise ConfigurationError(f"{out} cannot be written: {error.strerror}; choose another file with --out") from None
