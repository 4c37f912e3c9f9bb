# SPDX-License-Identifier: MIT
"""The captures that the page may replay: those of the folders that were named, one at a time, in real time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.sampling import Sampling

MAX_CAPTURES = 500
END_S = 5.0
_ENDING = ".sigmf-meta"


class Replays:
    """Replays captures in a process of its own, as `lrisc replay` does.

    Args:
        folders: where captures are looked for.
        model: name or folder of the model.
        sampling: how the decoder makes pictures.
        tell: told what is going on.
    """

    def __init__(
        self, folders: Sequence[Path], model: str, sampling: Sampling, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise ConfigurationError(f"--captures {folder}: there is no such folder")
        self._folders = folders
        self._model = model
        self._sampling = sampling
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None

    def names(self) -> list[str]:
        """The captures, by the names of their files without an ending."""
        return sorted(self._found())

    async def start(self, name: str, from_s: float = 0.0, to_s: float = 0.0) -> None:
        """Replay a capture in place of what is replayed now.

        Raises:
            UsageError: there is no capture of that name, or no such stretch.
        """
        path = self._found().get(name)
        if path is None:
            raise UsageError(f"there is no capture {name!r}")
        if not (0.0 <= from_s < 1e6 and 0.0 <= to_s < 1e6):
            raise UsageError("a capture is replayed from 0 s on")
        await self.stop()
        place = tempfile.TemporaryDirectory(prefix="lrisc-console-")
        stretch = [f"--from={from_s}", *([f"--to={to_s}"] if to_s else [])]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lrisc_sdr.runs.guarded", str(os.getpid()), "lrisc_sdr.cli",
            "replay", str(path), "--engine=plain", "--speed=1", f"--model={self._model}", *self._sampling.options(),
            f"--out={Path(place.name) / 'run'}", *stretch,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        self._tell({"state": "playing", "name": name})
        self._watching = asyncio.create_task(self._watch(self._process, name, place))

    async def stop(self) -> None:
        """End what is replayed, if anything is."""
        if self._process is None or self._watching is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(asyncio.shield(self._watching), END_S)
        except asyncio.TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._watching

    async def _watch(
        self, process: asyncio.subprocess.Process, name: str, place: tempfile.TemporaryDirectory[str]
    ) -> None:
        assert process.stderr is not None
        last = ""
        with place:
            async for line in process.stderr:
                last = line.decode(errors="replace").strip() or last
            code = await process.wait()
        failed = code not in (0, -15, 143)
        self._tell({"state": "failed" if failed else "ended", "name": name, "message": last[:300] if failed else ""})
        self._process = None

    def _found(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in sorted(folder.glob(f"*{_ENDING}"))[:MAX_CAPTURES]:
                found.setdefault(path.name.removesuffix(_ENDING), path)
        return found
