#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Transmit
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: Frames of a file as bursts of a radio, or in a recording
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


def snipfcn_prepare(self):
    from lrisc_sdr.blocks import prepare
    prepare(self)

def snipfcn_supervise(self):
    from lrisc_sdr.blocks import supervise
    supervise(self, stall_s=120)


def snippets_main_after_init(tb):
    snipfcn_prepare(tb)

def snippets_main_after_start(tb):
    snipfcn_supervise(tb)


class transmit(gr.top_block):

    def __init__(self, air_time_s=60.0, frames='picture.frames', gap_samples=4096, longest_burst_s=1.0, on_air=0, radio='radio = "file"\nuri = "transmit"', waveform='pluto256', within_s=0.0):
        gr.top_block.__init__(self, "LRISC Transmit", catch_exceptions=True)

        ##################################################
        # Parameters
        ##################################################
        self.air_time_s = air_time_s
        self.frames = frames
        self.gap_samples = gap_samples
        self.longest_burst_s = longest_burst_s
        self.on_air = on_air
        self.radio = radio
        self.waveform = waveform
        self.within_s = within_s

        ##################################################
        # Blocks
        ##################################################

        self.radio_sink = lrisc.RadioSink(config=radio, waveform=waveform, transmit=on_air != 0, air_time_s=air_time_s, longest_burst_s=longest_burst_s, within_s=within_s)
        self.ofdm_transmitter = lrisc.Transmitter(waveform=waveform, gap_samples=gap_samples, pause_s=0.15)
        self.frame_source = lrisc.FrameSource(frames, repeat=False)


        ##################################################
        # Connections
        ##################################################
        self.connect((self.frame_source, 0), (self.ofdm_transmitter, 0))
        self.connect((self.ofdm_transmitter, 0), (self.radio_sink, 0))


    def get_air_time_s(self):
        return self.air_time_s

    def set_air_time_s(self, air_time_s):
        self.air_time_s = air_time_s

    def get_frames(self):
        return self.frames

    def set_frames(self, frames):
        self.frames = frames

    def get_gap_samples(self):
        return self.gap_samples

    def set_gap_samples(self, gap_samples):
        self.gap_samples = gap_samples

    def get_longest_burst_s(self):
        return self.longest_burst_s

    def set_longest_burst_s(self, longest_burst_s):
        self.longest_burst_s = longest_burst_s

    def get_on_air(self):
        return self.on_air

    def set_on_air(self, on_air):
        self.on_air = on_air

    def get_radio(self):
        return self.radio

    def set_radio(self, radio):
        self.radio = radio

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform

    def get_within_s(self):
        return self.within_s

    def set_within_s(self, within_s):
        self.within_s = within_s



def argument_parser():
    description = 'Frames of a file as bursts of a radio, or in a recording'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "--air-time-s", dest="air_time_s", type=eng_float, default=eng_notation.num_to_str(float(60.0)),
        help="Set Air Time (s) [default=%(default)r]")
    parser.add_argument(
        "-f", "--frames", dest="frames", type=str, default='picture.frames',
        help="Set Frame File [default=%(default)r]")
    parser.add_argument(
        "--gap-samples", dest="gap_samples", type=intx, default=4096,
        help="Set Gap (samples) [default=%(default)r]")
    parser.add_argument(
        "--longest-burst-s", dest="longest_burst_s", type=eng_float, default=eng_notation.num_to_str(float(1.0)),
        help="Set Longest Burst (s) [default=%(default)r]")
    parser.add_argument(
        "--on-air", dest="on_air", type=intx, default=0,
        help="Set Transmit (1: yes) [default=%(default)r]")
    parser.add_argument(
        "-r", "--radio", dest="radio", type=str, default='radio = "file"\nuri = "transmit"',
        help="Set Radio (TOML, or its file) [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    parser.add_argument(
        "--within-s", dest="within_s", type=eng_float, default=eng_notation.num_to_str(float(0.0)),
        help="Set Within (s) [default=%(default)r]")
    return parser


def main(top_block_cls=transmit, options=None):
    if options is None:
        options = argument_parser().parse_args()
    tb = top_block_cls(air_time_s=options.air_time_s, frames=options.frames, gap_samples=options.gap_samples, longest_burst_s=options.longest_burst_s, on_air=options.on_air, radio=options.radio, waveform=options.waveform, within_s=options.within_s)
    snippets_main_after_init(tb)
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
