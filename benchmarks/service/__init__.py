# SPDX-License-Identifier: MIT
"""The decoder service: how many pictures it takes, how fast, and what is left of them when its processes are killed."""
