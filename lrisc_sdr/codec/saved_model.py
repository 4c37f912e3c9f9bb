# SPDX-License-Identifier: MIT
"""A saved model: a folder with `model.safetensors`, `config.json`, a model card, and `SHA256SUMS` of the first
two, which `sha256sum -c` reads too.

The weights are stored in half precision and computed with in single precision. The model's id is the start of the
weights file's sha256: it goes into every picture's side information, and a receiver without that model says so.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor, nn

from lrisc_sdr.errors import MissingExtra, UnknownModel
from lrisc_sdr.packaged_models import MODELS, SUMS, WEIGHTS, packaged_names

try:
    from safetensors import SafetensorError
    from safetensors.torch import load, save
except ImportError as error:  # pragma: no cover - the extra brings it
    raise MissingExtra("safetensors", "codec") from error

CONFIG = "config.json"
CARD = "README.md"

Config = TypeVar("Config")
Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class SavedModel:
    """What a model's folder holds.

    Attributes:
        path: the folder.
        model_id: the first 8 hexadecimal digits of the sha256 of the weights file.
        config: the parts' settings, by part.
        tensors: the weights, `part.name` to tensor.
    """

    path: Path
    model_id: str
    config: Mapping[str, Mapping[str, Any]]
    tensors: Mapping[str, Tensor]

    @classmethod
    def read(cls, name_or_path: str | Path) -> SavedModel:
        """Read a model by the name of one that comes with the package, or by its folder.

        Raises:
            UnknownModel: there is no such model, or its files are damaged: they are not those whose sha256 it names.
        """
        path = Path(name_or_path)
        if not (path / WEIGHTS).is_file() and path.name == str(name_or_path):
            path = MODELS / path.name  # also where some other folder here has a model's name
        if not (path / WEIGHTS).is_file():
            known = ", ".join(packaged_names()) or "none"
            raise UnknownModel(f"no model {name_or_path}: give a folder with {WEIGHTS}, or one of: {known}")
        try:
            sums = dict(line.split("  ")[::-1] for line in (path / SUMS).read_text().splitlines())
            body, settings = (_checked(path / name, sums) for name in (WEIGHTS, CONFIG))
            config = json.loads(settings)
            tensors = load(body)
        except (OSError, ValueError, SafetensorError) as error:
            raise UnknownModel(f"model {path} is damaged: {error}") from error
        return cls(path, hashlib.sha256(body).hexdigest()[:8], config, tensors)

    def settings(self, part: str, kind: type[Config]) -> Config:
        """The settings of one part as their dataclass.

        Raises:
            UnknownModel: the part is missing, or has settings that this version does not know.
        """
        try:
            values = {k: tuple(v) if isinstance(v, list) else v for k, v in self.config[part].items()}
            return kind(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise UnknownModel(f"model {self.path} has no usable '{part}': it was made by another version") from error

    def fill(self, part: str, module: Module) -> Module:
        """Load one part's weights into `module`, in single precision, ready for inference.

        Raises:
            UnknownModel: a weight is missing, superfluous or of another shape.
        """
        prefix = f"{part}."
        weights = {k.removeprefix(prefix): v.float() for k, v in self.tensors.items() if k.startswith(prefix)}
        try:
            module.load_state_dict(weights)
        except RuntimeError as error:
            raise UnknownModel(
                f"model {self.path} does not fit its own {CONFIG}: it was made by another version"
            ) from error
        return module.eval().requires_grad_(False)


def save_model(path: Path, parts: Mapping[str, tuple[Any, Mapping[str, Tensor]]], card: str) -> str:
    """Write a model's folder: each part is (settings dataclass, weights). Returns the model's id.

    The folder takes the place of an older one when it is whole: an interrupted save leaves the old model.
    """
    tensors = {
        f"{part}.{name}": value.detach().half().contiguous()
        for part, (_, weights) in parts.items()
        for name, value in weights.items()
    }
    config = {part: dataclasses.asdict(settings) for part, (settings, _) in parts.items()}
    files = {
        WEIGHTS: save(tensors),
        CONFIG: json.dumps(config, indent=2).encode() + b"\n",
        CARD: card.encode(),
    }
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    # The card is not among them: results are added to it later.
    files[SUMS] = "".join(f"{sums[name]}  {name}\n" for name in (WEIGHTS, CONFIG)).encode()
    made, old = (path.with_name(f".{path.name}.{state}") for state in ("partial", "old"))
    for leftover in (made, old):
        shutil.rmtree(leftover, ignore_errors=True)
    made.mkdir(parents=True)
    for name, body in files.items():
        (made / name).write_bytes(body)
    if path.exists():
        path.replace(old)
    made.replace(path)
    shutil.rmtree(old, ignore_errors=True)
    return sums[WEIGHTS][:8]


def _checked(path: Path, sums: Mapping[str, str]) -> bytes:
    body = path.read_bytes()
    if hashlib.sha256(body).hexdigest() != sums.get(path.name):
        raise ValueError(f"{path.name} is not the file whose sha256 {SUMS} names")
    return body
