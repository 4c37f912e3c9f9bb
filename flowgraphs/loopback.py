#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Loopback
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: Frames of a file over a simulated channel to the decoder
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


class loopback(gr.top_block):

    def __init__(self, channel='awgn', endpoint='tcp://127.0.0.1:7850', frames='picture.frames', gap_samples=4096, record='', record_type='cf32_le', seed=0, snr_db=None, waveform='pluto256'):
        gr.top_block.__init__(self, "LRISC Loopback", catch_exceptions=True)

        ##################################################
        # Parameters
        ##################################################
        self.channel = channel
        self.endpoint = endpoint
        self.frames = frames
        self.gap_samples = gap_samples
        self.record = record
        self.record_type = record_type
        self.seed = seed
        self.snr_db = snr_db
        self.waveform = waveform

        ##################################################
        # Blocks
        ##################################################

        self.zmq_sink = lrisc.ZmqSink(endpoint=endpoint, timeout_s=30)
        self.recorder = lrisc.CaptureSink(path=record, waveform=waveform, datatype=record_type)
        self.ofdm_transmitter = lrisc.Transmitter(waveform=waveform, gap_samples=gap_samples, pause_s=0)
        self.ofdm_receiver = lrisc.Receiver(waveform=waveform)
        self.frame_source = lrisc.FrameSource(frames, repeat=False)
        self.channel_simulator = lrisc.Channel(preset=channel, snr_db=snr_db, seed=seed, waveform=waveform)


        ##################################################
        # Connections
        ##################################################
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.recorder, 'frames'))
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.zmq_sink, 'frames'))
        self.connect((self.channel_simulator, 0), (self.ofdm_receiver, 0))
        self.connect((self.channel_simulator, 0), (self.recorder, 0))
        self.connect((self.frame_source, 0), (self.ofdm_transmitter, 0))
        self.connect((self.ofdm_transmitter, 0), (self.channel_simulator, 0))


    def get_channel(self):
        return self.channel

    def set_channel(self, channel):
        self.channel = channel

    def get_endpoint(self):
        return self.endpoint

    def set_endpoint(self, endpoint):
        self.endpoint = endpoint

    def get_frames(self):
        return self.frames

    def set_frames(self, frames):
        self.frames = frames

    def get_gap_samples(self):
        return self.gap_samples

    def set_gap_samples(self, gap_samples):
        self.gap_samples = gap_samples

    def get_record(self):
        return self.record

    def set_record(self, record):
        self.record = record

    def get_record_type(self):
        return self.record_type

    def set_record_type(self, record_type):
        self.record_type = record_type

    def get_seed(self):
        return self.seed

    def set_seed(self, seed):
        self.seed = seed

    def get_snr_db(self):
        return self.snr_db

    def set_snr_db(self, snr_db):
        self.snr_db = snr_db

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform



def argument_parser():
    description = 'Frames of a file over a simulated channel to the decoder'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "-c", "--channel", dest="channel", type=str, default='awgn',
        help="Set Channel Preset [default=%(default)r]")
    parser.add_argument(
        "-e", "--endpoint", dest="endpoint", type=str, default='tcp://127.0.0.1:7850',
        help="Set Decoder's Endpoint [default=%(default)r]")
    parser.add_argument(
        "-f", "--frames", dest="frames", type=str, default='picture.frames',
        help="Set Frame File [default=%(default)r]")
    parser.add_argument(
        "--gap-samples", dest="gap_samples", type=intx, default=4096,
        help="Set Gap (samples) [default=%(default)r]")
    parser.add_argument(
        "-r", "--record", dest="record", type=str, default='',
        help="Set Recording (empty: none) [default=%(default)r]")
    parser.add_argument(
        "--record-type", dest="record_type", type=str, default='cf32_le',
        help="Set Recording's Samples [default=%(default)r]")
    parser.add_argument(
        "-s", "--seed", dest="seed", type=intx, default=0,
        help="Set Seed [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    return parser


def main(top_block_cls=loopback, options=None):
    if options is None:
        options = argument_parser().parse_args()
    tb = top_block_cls(channel=options.channel, endpoint=options.endpoint, frames=options.frames, gap_samples=options.gap_samples, record=options.record, record_type=options.record_type, seed=options.seed, waveform=options.waveform)

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
