# SPDX-License-Identifier: MIT
"""The live page: what runs of this user tell, in a browser.

    runs ══telemetry══► subscriber ─► scene ─► one task a client ══WebSocket══► page
                                        ▲
                     pictures, metrics ─┘       the page only looks; the one thing that it can start is a replay

Nothing here is imported by what runs; a run never waits for the page, and the page for no client.
"""
