#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Replay
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: The bursts of a recording to the decoder
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


class replay(gr.top_block):

    def __init__(self, capture='capture.sigmf-meta', endpoint='tcp://127.0.0.1:7850', frame_log='', from_s=0.0, rate_sps=0.0, speed=0.0, to_s=0.0, waveform='pluto256'):
        gr.top_block.__init__(self, "LRISC Replay", catch_exceptions=True)

        ##################################################
        # Parameters
        ##################################################
        self.capture = capture
        self.endpoint = endpoint
        self.frame_log = frame_log
        self.from_s = from_s
        self.rate_sps = rate_sps
        self.speed = speed
        self.to_s = to_s
        self.waveform = waveform

        ##################################################
        # Blocks
        ##################################################

        self.zmq_sink = lrisc.ZmqSink(endpoint=endpoint, timeout_s=30)
        self.ofdm_receiver = lrisc.Receiver(waveform=waveform)
        self.frame_log_sink = lrisc.FrameLog(path=frame_log, waveform=waveform)
        self.capture_source = lrisc.CaptureSource(path=capture, waveform=waveform, rate_sps=rate_sps, from_s=from_s, to_s=to_s, speed=speed)


        ##################################################
        # Connections
        ##################################################
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.frame_log_sink, 'frames'))
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.zmq_sink, 'frames'))
        self.connect((self.capture_source, 0), (self.ofdm_receiver, 0))


    def get_capture(self):
        return self.capture

    def set_capture(self, capture):
        self.capture = capture

    def get_endpoint(self):
        return self.endpoint

    def set_endpoint(self, endpoint):
        self.endpoint = endpoint

    def get_frame_log(self):
        return self.frame_log

    def set_frame_log(self, frame_log):
        self.frame_log = frame_log

    def get_from_s(self):
        return self.from_s

    def set_from_s(self, from_s):
        self.from_s = from_s

    def get_rate_sps(self):
        return self.rate_sps

    def set_rate_sps(self, rate_sps):
        self.rate_sps = rate_sps

    def get_speed(self):
        return self.speed

    def set_speed(self, speed):
        self.speed = speed

    def get_to_s(self):
        return self.to_s

    def set_to_s(self, to_s):
        self.to_s = to_s

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform



def argument_parser():
    description = 'The bursts of a recording to the decoder'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "-c", "--capture", dest="capture", type=str, default='capture.sigmf-meta',
        help="Set Recording [default=%(default)r]")
    parser.add_argument(
        "-e", "--endpoint", dest="endpoint", type=str, default='tcp://127.0.0.1:7850',
        help="Set Decoder's Endpoint [default=%(default)r]")
    parser.add_argument(
        "--frame-log", dest="frame_log", type=str, default='',
        help="Set Frame Log (empty: none) [default=%(default)r]")
    parser.add_argument(
        "--from-s", dest="from_s", type=eng_float, default=eng_notation.num_to_str(float(0.0)),
        help="Set From (s) [default=%(default)r]")
    parser.add_argument(
        "--rate-sps", dest="rate_sps", type=eng_float, default=eng_notation.num_to_str(float(0.0)),
        help="Set Raw Rate (0: the waveform's) [default=%(default)r]")
    parser.add_argument(
        "--speed", dest="speed", type=eng_float, default=eng_notation.num_to_str(float(0.0)),
        help="Set Speed (0: as fast as can be) [default=%(default)r]")
    parser.add_argument(
        "--to-s", dest="to_s", type=eng_float, default=eng_notation.num_to_str(float(0.0)),
        help="Set To (s, 0: the end) [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    return parser


def main(top_block_cls=replay, options=None):
    if options is None:
        options = argument_parser().parse_args()
    tb = top_block_cls(capture=options.capture, endpoint=options.endpoint, frame_log=options.frame_log, from_s=options.from_s, rate_sps=options.rate_sps, speed=options.speed, to_s=options.to_s, waveform=options.waveform)

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
