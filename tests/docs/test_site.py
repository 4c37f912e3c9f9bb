# SPDX-License-Identifier: MIT
"""The site builds without a warning, its notebooks run, and it is whole without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


class Loaded(HTMLParser):
    """What a browser fetches for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(values.get("src") or "")
        elif tag == "link" and values.get("rel") not in ("canonical", "prev", "next"):
            self.addresses.append(values.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for module in ("material", "mkdocstrings", "nbconvert", "ipykernel"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.timeout(1200)
def test_pages_need_no_network(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text())
        outside = [address for address in loaded.addresses if re.match(r"(https?:)?//", address)]
        assert not outside, page
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"url\(['\"]?(?:https?:)?//", sheet.read_text()), sheet


@pytest.mark.timeout(1200)
def test_notebooks_have_their_plots(site: Path) -> None:
    for notebook in NOTEBOOKS:
        assert len(list((site / "notebooks" / notebook.stem).glob("*.png"))) >= 4, notebook
        assert "output_" in (site / "notebooks" / f"{notebook.stem}.html").read_text()


@pytest.mark.timeout(1200)
def test_links_out_of_the_documentation_lead_into_the_site(site: Path) -> None:
    assert (site / "repository" / "examples" / "plain_client.py").read_bytes() == (
        ROOT / "examples" / "plain_client.py"
    ).read_bytes()
    assert 'href="repository/examples/plain_client.py"' in (site / "service.html").read_text()
    assert (site / "repository" / "flowgraphs" / "index.html").is_file()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", ["index.html", "api/link.html"])
def test_the_search_finds_without_a_server(site: Path, page: str) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        # Root, as a container's user often is, has no sandbox to put the browser in.
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        opened = browser.new_page()
        asked: list[str] = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto((site / page).as_uri())
        opened.keyboard.press("f")
        opened.keyboard.type("another equaliser")
        opened.locator(".md-search-result__link[href*='plugins.html']").first.wait_for()
        assert all(address.startswith(("file:", "data:", "blob:", "about:")) for address in asked)
        browser.close()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_repository_holds_notebooks_without_output(notebook: Path) -> None:
    cells = json.loads(notebook.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_every_page_of_the_documentation_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in (ROOT / "docs").rglob("*.md"):
        assert page.relative_to(ROOT / "docs").as_posix() in navigation, page


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "captures/README.md", "flowgraphs/README.md"])
def test_links_of_files_beside_the_documentation(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target
