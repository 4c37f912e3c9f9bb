# SPDX-License-Identifier: MIT
"""What is measured once of a radio, kept in its profile, and applied by every command that opens it.

estimators      arrays to figures: crystal · carrier · noise_floor · imbalance · arrival · error_vector · knee · steps
procedures      a `Radio` through a sequence of settings, through the transmit guard: measure_*
profile         TOML, one table a calibration, each with its provenance
applying        identity ─► profile ─► settings that the user has left open, and a `Radio` that corrects its samples
"""
