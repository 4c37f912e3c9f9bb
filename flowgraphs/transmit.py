#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Transmit
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: Frames of a file as bursts in a recording
# GNU Radio version: 3.10.5.1

from gnuradio import gr
from gnuradio.filter import firdes
from gnuradio.fft import window
import sys
import signal
from argparse import ArgumentParser
from gnuradio.eng_arg import eng_float, intx
from gnuradio import eng_notation
import lrisc_sdr.blocks as lrisc


def snipfcn_supervise(self):
    from lrisc_sdr.blocks import supervise
    supervise(self, stall_s=120)


def snippets_main_after_start(tb):
    snipfcn_supervise(tb)


class transmit(gr.top_block):

    def __init__(self, frames='picture.frames', gap_samples=4096, output='transmit.sigmf-meta', waveform='pluto256'):
        gr.top_block.__init__(self, "LRISC Transmit", catch_exceptions=True)

        ##################################################
        # Parameters
        ##################################################
        self.frames = frames
        self.gap_samples = gap_samples
        self.output = output
        self.waveform = waveform

        ##################################################
        # Blocks
        ##################################################

        self.recorder = lrisc.CaptureSink(path=output, waveform=waveform)
        self.ofdm_transmitter = lrisc.Transmitter(waveform=waveform, gap_samples=gap_samples)
        self.frame_source = lrisc.FrameSource(frames)


        ##################################################
        # Connections
        ##################################################
        self.connect((self.frame_source, 0), (self.ofdm_transmitter, 0))
        self.connect((self.ofdm_transmitter, 0), (self.recorder, 0))


    def get_frames(self):
        return self.frames

    def set_frames(self, frames):
        self.frames = frames

    def get_gap_samples(self):
        return self.gap_samples

    def set_gap_samples(self, gap_samples):
        self.gap_samples = gap_samples

    def get_output(self):
        return self.output

    def set_output(self, output):
        self.output = output

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform



def argument_parser():
    description = 'Frames of a file as bursts in a recording'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "-f", "--frames", dest="frames", type=str, default='picture.frames',
        help="Set Frame File [default=%(default)r]")
    parser.add_argument(
        "--gap-samples", dest="gap_samples", type=intx, default=4096,
        help="Set Gap (samples) [default=%(default)r]")
    parser.add_argument(
        "-o", "--output", dest="output", type=str, default='transmit.sigmf-meta',
        help="Set Recording [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    return parser


def main(top_block_cls=transmit, options=None):
    if options is None:
        options = argument_parser().parse_args()
    tb = top_block_cls(frames=options.frames, gap_samples=options.gap_samples, output=options.output, waveform=options.waveform)

    def sig_handler(sig=None, frame=None):
        tb.stop()
        tb.wait()

        sys.exit(0)

    signal.signal(signal.SIGINT, sig_handler)
    signal.signal(signal.SIGTERM, sig_handler)

    tb.start()
    snippets_main_after_start(tb)
    tb.wait()


if __name__ == '__main__':
    main()
