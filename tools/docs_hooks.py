# SPDX-License-Identifier: MIT
"""MkDocs' hooks: links that leave docs/ for another place of the repository, notebooks as pages, a search.

Pages are read on the site and in the repository. A link to ../captures/README.md is right in the one place only: here
it is found, the file is taken into the site as repository/captures/README.md, and the link points there. Markdown
becomes a page, everything else is copied. Notebooks are run when the site is built; a cell that fails ends the build.

A site that is opened as files, from build/site/index.html, may load scripts, but neither JSON nor workers. The theme
then asks for the search's index as a script; iframe-worker stands in for its worker.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from nbconvert import MarkdownExporter
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = "repository/"
CELL_SECONDS = 300
WORKER = "vendor/iframe-worker/shim.js"

_COMMENTS = re.compile(r"\A(\s*<!--.*?-->)+\s*", re.DOTALL)
_LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)\s#:]+)(?P<after>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in the notebooks, and what pages link to outside of docs/, and what that links to."""
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text, pictures = _run(notebook.read_text())
        place = f"notebooks/{notebook.stem}"
        files.append(
            File.generated(config, f"{place}.md", content=text.replace("](output_", f"]({notebook.stem}/output_"))
        )
        for name, content in pictures.items():
            files.append(File.generated(config, f"{place}/{name}", content=content))
    waiting = [file for file in files if file.is_documentation_page()]
    while waiting:
        page = waiting.pop()
        for target in _outside(page):
            uri = OUTSIDE + target
            if files.get_file_from_path(uri) is None:
                source = ROOT / target
                taken = File.generated(config, uri, abs_src_path=str(source))
                files.append(taken)
                if taken.is_documentation_page():
                    waiting.append(taken)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Point links at where their files lie on the site, and let the title come first, where the navigation looks."""
    here = page.file.src_uri
    markdown = _COMMENTS.sub("", markdown)

    def moved(link: re.Match[str]) -> str:
        path = _path(here, link["target"])
        if path is None:
            return link[0]
        place = posixpath.relpath(_uri(path), posixpath.dirname(here) or ".")
        return f"{link['before']}{place}{link['after'] or ''})"

    return _LINK.sub(moved, markdown)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Load the stand-in for workers before the theme's scripts."""
    return output.replace("</head>", f'<script src="{get_relative_url(WORKER, page.url)}"></script></head>', 1)


def on_post_build(config: MkDocsConfig) -> None:
    """The search's index as a script, too."""
    folder = Path(config.site_dir) / "search"
    index = (folder / "search_index.json").read_text(encoding="utf-8")
    (folder / "search_index.js").write_text(f"var __index = {index};\n", encoding="utf-8")


def _outside(page: File) -> list[str]:
    """Paths in the repository, outside of docs/, that a page links to."""
    paths = (_path(page.src_uri, link["target"]) for link in _LINK.finditer(page.content_string))
    return [path for path in paths if path is not None and not path.startswith("docs/")]


def _path(uri: str, target: str) -> str | None:
    """The path in the repository of what a page of the site links to; None where there is no such file.

    Of a folder it is the README, or what a package says of itself. What is not found stays, and MkDocs complains.
    """
    at = uri.removeprefix(OUTSIDE) if uri.startswith(OUTSIDE) else f"docs/{uri}"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
    if (ROOT / path).is_dir():
        inside = [posixpath.join(path, name) for name in ("README.md", "index.md", "__init__.py")]
        path = next((name for name in inside if (ROOT / name).is_file()), path)
    known = (ROOT / path).is_file() and (ROOT / path).resolve().is_relative_to(ROOT)
    return path if known else None


def _uri(path: str) -> str:
    """Where a file of the repository lies on the site."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith("notebooks/") and path.endswith(".ipynb"):
        return path.replace(".ipynb", ".md")
    return OUTSIDE + path


@cache
def _run(source: str) -> tuple[str, dict[str, bytes]]:
    """A notebook's text with what its cells print, and its pictures by name.

    Raises:
        PluginError: a cell failed.
    """
    notebook = nbformat.reads(source, as_version=4)
    try:
        # The kernel listens on sockets in a folder of this user, and not on ports.
        settings = Config(KernelManager={"transport": "ipc"})
        runner = ExecutePreprocessor(config=settings, timeout=CELL_SECONDS)
        runner.preprocess(notebook, {"metadata": {"path": str(ROOT)}})
    except CellExecutionError as error:
        raise PluginError(f"a cell of a notebook failed: {error.ename}: {error.evalue}") from error
    text, resources = MarkdownExporter().from_notebook_node(notebook)
    return text, resources["outputs"]
