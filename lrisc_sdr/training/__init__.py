# SPDX-License-Identifier: MIT
"""Training of the codec and of the diffusion decoder. Needs torch and the extra `train`."""
