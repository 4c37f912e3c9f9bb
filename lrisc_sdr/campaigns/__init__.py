# SPDX-License-Identifier: MIT
"""Campaigns: systems × pictures × SNR × CBR × channel × seed, every point through the modem, and what comes of it.

    campaign.toml ─► jobs ─► claimed by any number of processes ─► rows.jsonl ─► metrics.json, report.html
                              │
                              └─ encode ─► frames ─► bursts ─► channel ─► receiver ─► decode ─► metrics

A job is one reception: a transmitter, a picture, a channel. Its pictures are rows: one, or several where a system has
several outputs.
"""
