# SPDX-License-Identifier: MIT
"""What lies on the disk while samples are recorded that nobody can send again.

    name               from                 to                       holds
    X.sigmf-journal    before everything    the end of the recording  what is known so far, one JSON object a line
    X.sigmf-data       the first sample     for ever                  the samples so far, perhaps half of one at its end
    .X.sigmf-meta.part before the samples   the end of the recording  room on the disk for the metadata
    X.sigmf-meta       the end              for ever                  the metadata: from now on it is a recording

The journal's first line is {"lrisc_journal": 1, "global": {…}}, every other one {"segment": {…}} or
{"annotation": {…}}, each with the fields that the metadata will have. A line stands for what lies before it in the data
file or in the writer's next write, never for less than is on the disk: a recorder that is killed, or a machine that
stops, leaves at worst a last line that is cut, samples without annotations, and annotations beyond the samples.

`finish` makes a recording of that: it cuts the data file to whole samples, leaves out what lies behind them, adds
count and sha512, and writes the metadata. While a recorder lives it holds a lock (flock) on the journal, and `finish`
refuses. A journal beside metadata is left over from the last moment of a recording that is whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from lrisc_sdr.capture.digest import file_sha512
from lrisc_sdr.capture.metadata import Fields, metadata_text, whole_metadata
from lrisc_sdr.capture.names import DTYPES, JOURNAL_SUFFIX, META_SUFFIX, recording_files
from lrisc_sdr.capture.validation import check_metadata, parse_metadata
from lrisc_sdr.errors import InvalidCapture

VERSION = 1
