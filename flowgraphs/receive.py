#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Receive
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: A stream of samples to the decoder
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
    supervise(self)


def snippets_main_after_init(tb):
    snipfcn_prepare(tb)

def snippets_main_after_start(tb):
    snipfcn_supervise(tb)


class receive(gr.top_block):

    def __init__(self, endpoint='tcp://127.0.0.1:7850', radio='radio = "file"\nuri = "samples.cf32"', record='', record_type='cf32_le', waveform='pluto256'):
        gr.top_block.__init__(self, "LRISC Receive", catch_exceptions=True)

        ##################################################
        # Parameters
        ##################################################
        self.endpoint = endpoint
        self.radio = radio
        self.record = record
        self.record_type = record_type
        self.waveform = waveform

        ##################################################
        # Blocks
        ##################################################

        self.zmq_sink = lrisc.ZmqSink(endpoint=endpoint, timeout_s=30)
        self.radio_source = lrisc.RadioSource(config=radio, waveform=waveform, record=record, record_type=record_type)
        self.ofdm_receiver = lrisc.Receiver(waveform=waveform)


        ##################################################
        # Connections
        ##################################################
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.radio_source, 'frames'))
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.zmq_sink, 'frames'))
        self.connect((self.radio_source, 0), (self.ofdm_receiver, 0))


    def get_endpoint(self):
        return self.endpoint

    def set_endpoint(self, endpoint):
        self.endpoint = endpoint

    def get_radio(self):
        return self.radio

    def set_radio(self, radio):
        self.radio = radio

    def get_record(self):
        return self.record

    def set_record(self, record):
        self.record = record

    def get_record_type(self):
        return self.record_type

    def set_record_type(self, record_type):
        self.record_type = record_type

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform



def argument_parser():
    description = 'A stream of samples to the decoder'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "-e", "--endpoint", dest="endpoint", type=str, default='tcp://127.0.0.1:7850',
        help="Set Decoder's Endpoint [default=%(default)r]")
    parser.add_argument(
        "-r", "--radio", dest="radio", type=str, default='radio = "file"\nuri = "samples.cf32"',
        help="Set Radio (TOML, or its file) [default=%(default)r]")
    parser.add_argument(
        "--record", dest="record", type=str, default='',
        help="Set Recording (empty: none) [default=%(default)r]")
    parser.add_argument(
        "--record-type", dest="record_type", type=str, default='cf32_le',
        help="Set Recording's Samples [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    return parser


def main(top_block_cls=receive, options=None):
    if options is None:
        options = argument_parser().parse_args()
    tb = top_block_cls(endpoint=options.endpoint, radio=options.radio, record=options.record, record_type=options.record_type, waveform=options.waveform)
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
