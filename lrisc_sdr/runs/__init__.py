# SPDX-License-Identifier: MIT
"""Whole runs behind the commands: pictures in, processes started and watched, a folder with a report out."""
