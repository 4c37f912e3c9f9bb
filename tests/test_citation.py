# SPDX-License-Identifier: MIT
"""CITATION.cff keeps to version 1.2.0 of the Citation File Format, and to what the package says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import lrisc_sdr

yaml = pytest.importorskip("yaml", reason="PyYAML comes with GNU Radio")
CITATION = Path(__file__).resolve().parents[1] / "CITATION.cff"
# The keys of the schema at the top, those of them that must be there first.
REQUIRED = {"authors", "cff-version", "message", "title"}
ALLOWED = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url",
    "version",
}  # fmt: skip


def test_the_citation_is_valid_and_agrees_with_the_package() -> None:
    cited = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    assert set(cited) >= REQUIRED
    assert set(cited) <= ALLOWED
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] == "software"
    assert str(cited["version"]) == lrisc_sdr.__version__
    assert cited["license"] == ["MIT", "GPL-3.0-or-later"]
    assert len(cited["keywords"]) == len(set(cited["keywords"])) > 0
    (paper,) = cited["references"]
    for entry in (cited, paper):
        assert entry["authors"]
        assert all(set(author) & {"name", "family-names"} for author in entry["authors"])
    assert {"type", "title"} <= set(paper)
    for identifier in paper["identifiers"]:
        assert identifier["type"] in ("doi", "url", "swh", "other")
        assert identifier["value"]
    assert paper["url"].startswith("https://")
