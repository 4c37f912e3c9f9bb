# SPDX-License-Identifier: MIT
"""Captures of other tools: every data type, raw files, WAV, archives, other rates."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile
from scipy.signal import resample

from lrisc_sdr import phy
from lrisc_sdr.capture import Capture, open_capture, write_capture
from lrisc_sdr.capture.formats import RAW_DATATYPES, sample_format
from lrisc_sdr.capture.resampling import Resampled, rate_ratio
from lrisc_sdr.capture.stored import Stored
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.types import ComplexArray, Frame, FrameHeader
from lrisc_sdr.waveform import waveform

DATATYPES = [
    f"{component}{value}{order}"
    for component in "cr"
    for value in ("f32", "f64", "i32", "i16", "u32", "u16", "i8", "u8")
    for order in ((""),) * (value[1:] == "8") + ("_le", "_be") * (value[1:] != "8")
]


def stored(tmp_path: Path, datatype: str, n_values: int = 480) -> tuple[Path, np.ndarray]:
    """A SigMF recording of random values of this type, and the values."""
    order = ">" if datatype.endswith("_be") else "<"
    dtype = np.dtype(f"{order}{datatype[1]}{int(datatype[2:4].rstrip('_')) // 8}")
    rng = np.random.default_rng(5)
    if dtype.kind == "f":
        values = rng.uniform(-1, 1, n_values).astype(dtype)
    else:
        limits = np.iinfo(dtype)
        values = rng.integers(limits.min, limits.max, n_values, dtype=np.int64, endpoint=True).astype(dtype)
    (tmp_path / "x.sigmf-data").write_bytes(values.tobytes())
    fields = {"core:datatype": datatype, "core:sample_rate": 1e6, "core:version": "1.2.0"}
    metadata = {"global": fields, "captures": [], "annotations": []}
    (tmp_path / "x.sigmf-meta").write_text(json.dumps(metadata))
    return tmp_path / "x", values


@pytest.mark.parametrize("datatype", DATATYPES)
def test_every_data_type_is_read_as_the_sigmf_package_reads_it(tmp_path: Path, datatype: str) -> None:
    sigmf = pytest.importorskip("sigmf")
    path, values = stored(tmp_path, datatype)
    capture = open_capture(path)
    got = capture.stored.read(0, 1000)
    theirs = np.asarray(sigmf.fromfile(f"{path}.sigmf-meta").read_samples())
    assert got.dtype == np.complex64
    assert got.size == values.size // (2 if datatype[0] == "c" else 1)
    assert np.allclose(got, theirs, atol=1e-6)
    if datatype[0] == "r":
        assert (capture.rate_sps, capture.n_samples) == (0.5e6, got.size // 2)


@pytest.mark.parametrize("datatype", ["cf16_le", "ci8_le", "cu64_le", "cf8", "xf32_le", "cf32_me", "cf32_le\n"])
def test_what_is_no_data_type(datatype: str) -> None:
    assert sample_format(datatype) is None


@pytest.mark.parametrize("suffix", sorted(RAW_DATATYPES))
def test_raw_files_by_their_suffix(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix.upper()}"
    found = sample_format(RAW_DATATYPES[suffix])
    assert found is not None
    path.write_bytes(np.arange(20).astype(found.dtype).tobytes())
    capture = open_capture(path, rate_sps=2e6)
    assert (capture.n_samples, capture.rate_sps, capture.waveform) == (10, 2e6, None)
    with pytest.raises(InvalidCapture, match="--rate"):
        open_capture(path)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to("elsewhere")
    assert np.array_equal(open_capture(path, rate_sps=2e6).samples(), capture.stored.format.decode(path.read_bytes()))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_wav_files_hold_i_left_and_q_right(tmp_path: Path, dtype: type) -> None:
    half = 1.0 if np.issubdtype(dtype, np.floating) else 2.0 ** (8 * np.dtype(dtype).itemsize - 1)
    values = np.array([[0.5, -0.5], [0.25, 0.0]]) * half + (half if dtype is np.uint8 else 0)
    wavfile.write(tmp_path / "x.wav", 192_000, values.astype(dtype))
    capture = open_capture(tmp_path / "x.wav")
    assert capture.rate_sps == 192_000
    assert capture.samples() == pytest.approx([0.5 - 0.5j, 0.25])


def test_wav_files_that_are_none(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "three.wav", 8000, np.ones((9, 3), np.int16))
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_bytes(b"RIFF1234WAVEfmt ")
    for name in ("three", "empty", "text", "missing"):
        with pytest.raises(InvalidCapture) as caught:
            open_capture(tmp_path / f"{name}.wav")
        assert "\n" not in str(caught.value)


def burst(amplitude: float = 0.3) -> ComplexArray:
    """A frame with silence around it, and noise 30 dB below."""
    preset = waveform("pluto256")
    rng = np.random.default_rng(6)
    symbols = (rng.standard_normal((904, 2)) @ [1, 1j] / np.sqrt(2)).astype(np.complex64)
    sent = phy.transmit(Frame(FrameHeader(7, 0, 1, 904, 4, 1), symbols), preset)
    samples = np.concatenate([np.zeros(3000), sent, np.zeros(3000)])
    samples += np.sqrt(preset.noise_var(30.0) / 2) * (rng.standard_normal((samples.size, 2)) @ [1, 1j])
    return (amplitude * samples).astype(np.complex64)


def received(capture: Capture) -> list[float]:
    return [frame.snr_db for frame in phy.receive(capture.samples(), waveform("pluto256"))]


@pytest.mark.parametrize("up", [(2, 1), (5, 1), (3, 2), (64, 25), (9, 8)])
def test_a_frame_at_another_rate_is_received(tmp_path: Path, up: tuple[int, int]) -> None:
    """As a device with a sharp filter would have sampled it, faster by this ratio."""
    fast = Resampled(_kept(tmp_path, burst()), rate_ratio(4e6 * up[0] / up[1], 4e6))
    write_capture(tmp_path / "fast", fast.read(0, fast.n_samples), 4e6 * up[0] / up[1], "pluto256")
    capture = open_capture(tmp_path / "fast", resample_sps=4e6)
    assert capture.rate_sps == pytest.approx(4e6)
    assert received(capture) == [pytest.approx(30, abs=1.0)]


def _kept(tmp_path: Path, samples: ComplexArray) -> Stored:
    return write_capture(tmp_path / "kept", samples, 4e6).stored


def test_a_frame_in_real_samples_is_received(tmp_path: Path) -> None:
    """Real samples at twice the rate, the signal's middle at a quarter of theirs."""
    fast = Resampled(_kept(tmp_path, burst()), rate_ratio(8e6, 4e6))
    samples = fast.read(0, fast.n_samples)
    real = (samples * 1j ** np.arange(samples.size)).real
    (tmp_path / "x.sigmf-data").write_bytes(np.rint(32000 * real).astype(">i2").tobytes())
    fields = {"core:datatype": "ri16_be", "core:sample_rate": 8e6, "core:version": "1.2.0"}
    (tmp_path / "x.sigmf-meta").write_text(json.dumps({"global": fields, "captures": [], "annotations": []}))
    capture = open_capture(tmp_path / "x")
    assert capture.rate_sps == 4e6
    assert received(capture) == [pytest.approx(30, abs=1.5)]
    assert np.mean(np.abs(capture.samples()) ** 2) == pytest.approx(np.mean(np.abs(burst()) ** 2), rel=0.1)


@given(
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    rates=st.sampled_from([(4e6, 20e6), (4e6, 3.2e6), (4e6, 2.048e6), (4e6, 5e6 / 3), (1e6, 4e6), (44_100, 48_000)]),
    from_real=st.booleans(),
)
def test_resampled_samples_do_not_depend_on_how_they_are_read(
    cuts: list[int], rates: tuple[float, float], from_real: bool
) -> None:
    rng = np.random.default_rng(7)
    values = (rng.standard_normal((500, 2)) @ [1, 1j]).astype(np.complex64)

    class Memory:
        n_samples = values.size

        def read(self, start: int, count: int) -> ComplexArray:
            return values[start : start + count]

    source = Resampled(Memory(), rate_ratio(*rates), from_real)
    whole = source.read(0, source.n_samples + 10)
    assert whole.size == source.n_samples
    position = 0
    for cut in cuts:
        assert np.array_equal(source.read(position, cut), whole[position : position + cut])
        position += cut


@pytest.mark.parametrize("rates", [(4e6, 20e6), (4e6, 2.048e6), (20e6, 19.2e6)])
def test_blocks_join_on(rates: tuple[float, float], tmp_path: Path) -> None:
    """A band-limited signal over many blocks is what SciPy's resampler makes of it."""
    rng = np.random.default_rng(8)
    spectrum = rng.standard_normal((76_800, 2)) @ [1, 1j]
    spectrum[np.abs(np.fft.fftfreq(76_800)) > 0.4 * min(1.0, rates[0] / rates[1])] = 0
    values = np.fft.ifft(spectrum).astype(np.complex64)
    source = Resampled(write_capture(tmp_path / "x", values, rates[1]).stored, rate_ratio(*rates))
    whole = source.read(0, source.n_samples)
    pieces = [source.read(first, 997) for first in range(0, source.n_samples, 997)]
    assert np.array_equal(np.concatenate(pieces), whole)
    theirs = resample(values, round(76_800 * rates[0] / rates[1]))
    middle = slice(2000, whole.size - 2000)
    assert np.abs(whole[middle] - theirs[middle]).max() < 1e-4 * np.abs(values).max()


def test_resampling_keeps_the_band_and_nothing_else(tmp_path: Path) -> None:
    time = np.arange(40_000) / 20e6
    for hz, level in ((0.4e6, 1.0), (-1.5e6, 1.0), (2.4e6, 0.0), (7e6, 0.0)):
        write_capture(tmp_path / "t", np.exp(2j * np.pi * hz * time).astype(np.complex64), 20e6)
        got = open_capture(tmp_path / "t", resample_sps=4e6).samples()[200:-200]
        expected = level * np.exp(2j * np.pi * hz * np.arange(200, 200 + got.size) / 4e6)
        assert np.abs(got - expected).max() < 1e-4, hz


def test_resampling_moves_segments_and_annotations(tmp_path: Path) -> None:
    path, _ = stored(tmp_path, "ci16_le", 2000)
    meta = tmp_path / "x.sigmf-meta"
    metadata = json.loads(meta.read_text())
    metadata["captures"] = [{"core:sample_start": 0}, {"core:sample_start": 500, "core:global_index": 1500}]
    metadata["annotations"] = [{"core:sample_start": 500, "core:sample_count": 250, "core:label": "frame"}]
    meta.write_text(json.dumps(metadata))
    capture = open_capture(path)
    assert capture.gaps() == [(500, 1000)]
    slower = open_capture(path, resample_sps=0.2e6)
    assert [(part.start, part.global_index) for part in slower.segments] == [(0, 0), (100, 300)]
    assert slower.gaps() == [(100, 200)]
    (mark,) = slower.annotations
    assert (mark.start, mark.n_samples, mark.label) == (100, 50, "frame")
    with pytest.raises(InvalidCapture, match="too far apart"):
        open_capture(path, resample_sps=100.0)


def pack(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> None:
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            if isinstance(content, bytes):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                tar.addfile(content)


def test_archives_are_read_where_they_lie(tmp_path: Path) -> None:
    samples = burst()
    expected = write_capture(tmp_path / "a", samples, 4e6, "pluto256", datatype="ci16_le").samples()
    meta, data = ((tmp_path / f"a.sigmf-{kind}").read_bytes() for kind in ("meta", "data"))
    path = tmp_path / "a.sigmf"
    pack(path, {"a/a.sigmf-meta": meta, "a/a.sigmf-data": data, "a/readme.txt": b"hello"})
    before = sorted(tmp_path.iterdir())
    capture = open_capture(path, waveform="pluto256")
    assert np.array_equal(capture.samples(), expected)
    assert np.array_equal(capture.read(1000, 50), expected[1000:1050])
    assert sorted(tmp_path.iterdir()) == before
    content = bytearray(path.read_bytes())
    content[capture.stored.offset_bytes + 5] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidCapture, match="sha512"):
        open_capture(path)


def test_archives_that_are_refused(tmp_path: Path) -> None:
    write_capture(tmp_path / "a", burst(), 4e6)
    meta, data = ((tmp_path / f"a.sigmf-{kind}").read_bytes() for kind in ("meta", "data"))
    link, pipe, long = (tarfile.TarInfo("a/a.sigmf-data") for _ in range(3))
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    pipe.type = tarfile.FIFOTYPE
    long.name = "x" * 100_000
    path = tmp_path / "b.sigmf"
    for words, members in (
        ("link", {"a/a.sigmf-meta": meta, "link": link}),
        ("link", {"a/a.sigmf-meta": meta, "pipe": pipe}),
        ("header of 10", {"a/a.sigmf-meta": meta, "long": long}),
        ("2 recordings", {"a/a.sigmf-meta": meta, "a/a.sigmf-data": data, "b/b.sigmf-meta": meta}),
        ("0 recordings", {"a/a.sigmf-data": data}),
        ("0 files", {"a/a.sigmf-meta": meta}),
        ("more than 1000", {f"{i}": b"" for i in range(1001)}),
    ):
        pack(path, members)
        with pytest.raises(InvalidCapture, match=words):
            open_capture(path)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(tmp_path / "a.sigmf-meta")
    with pytest.raises(InvalidCapture, match="uncompressed"):
        open_capture(path)
