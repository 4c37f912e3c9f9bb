# SPDX-License-Identifier: MIT
"""How good a received picture is.

    psnr, ms_ssim       from the pixels; numpy
    lpips, dists        from the features of a network; torch and weights (weights.py says where they are looked for)
    classifier          what an ImageNet classifier sees in it, and features for training losses
    metrics             all of them for one picture, with a note in the place of each that cannot be had

The modules with networks import torch; this package and `metrics` do not until they need it.
"""
