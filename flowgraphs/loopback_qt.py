#!/usr/bin/env python3
# -*- coding: utf-8 -*-

#
# SPDX-License-Identifier: GPL-3.0-or-later
#
# GNU Radio Python Flow Graph
# Title: LRISC Loopback with Windows
# Author: LRISC-SDR contributors
# Copyright: LRISC-SDR contributors
# Description: Frames of a file over a simulated channel, again and again, and what is on the air
# GNU Radio version: 3.10.5.1

from packaging.version import Version as StrictVersion

if __name__ == '__main__':
    import ctypes
    import sys
    if sys.platform.startswith('linux'):
        try:
            x11 = ctypes.cdll.LoadLibrary('libX11.so')
            x11.XInitThreads()
        except:
            print("Warning: failed to XInitThreads()")

from PyQt5 import Qt
from gnuradio import qtgui
from gnuradio.filter import firdes
import sip
from gnuradio import blocks
from gnuradio import gr
from gnuradio.fft import window
import sys
import signal
from argparse import ArgumentParser
from gnuradio.eng_arg import eng_float, intx
from gnuradio import eng_notation
from lrisc_sdr.waveform import waveform as find_waveform
import lrisc_sdr.blocks as lrisc


def snipfcn_watch(self):
    from lrisc_sdr.blocks import watch
    watch(self)
    self.resize(1240, 1040)


def snippets_main_after_start(tb):
    snipfcn_watch(tb)

from gnuradio import qtgui

class loopback_qt(gr.top_block, Qt.QWidget):

    def __init__(self, channel='awgn', frames='picture.frames', gap_samples=4096, play_sps=1000000, snr_db=None, waveform='pluto256'):
        gr.top_block.__init__(self, "LRISC Loopback with Windows", catch_exceptions=True)
        Qt.QWidget.__init__(self)
        self.setWindowTitle("LRISC Loopback with Windows")
        qtgui.util.check_set_qss()
        try:
            self.setWindowIcon(Qt.QIcon.fromTheme('gnuradio-grc'))
        except:
            pass
        self.top_scroll_layout = Qt.QVBoxLayout()
        self.setLayout(self.top_scroll_layout)
        self.top_scroll = Qt.QScrollArea()
        self.top_scroll.setFrameStyle(Qt.QFrame.NoFrame)
        self.top_scroll_layout.addWidget(self.top_scroll)
        self.top_scroll.setWidgetResizable(True)
        self.top_widget = Qt.QWidget()
        self.top_scroll.setWidget(self.top_widget)
        self.top_layout = Qt.QVBoxLayout(self.top_widget)
        self.top_grid_layout = Qt.QGridLayout()
        self.top_layout.addLayout(self.top_grid_layout)

        self.settings = Qt.QSettings("GNU Radio", "loopback_qt")

        try:
            if StrictVersion(Qt.qVersion()) < StrictVersion("5.0.0"):
                self.restoreGeometry(self.settings.value("geometry").toByteArray())
            else:
                self.restoreGeometry(self.settings.value("geometry"))
        except:
            pass

        ##################################################
        # Parameters
        ##################################################
        self.channel = channel
        self.frames = frames
        self.gap_samples = gap_samples
        self.play_sps = play_sps
        self.snr_db = snr_db
        self.waveform = waveform

        ##################################################
        # Variables
        ##################################################
        self.rate_sps = rate_sps = find_waveform(waveform).rate_sps

        ##################################################
        # Blocks
        ##################################################

        self.waterfall = qtgui.waterfall_sink_c(
            1024, #size
            window.WIN_BLACKMAN_hARRIS, #wintype
            0, #fc
            rate_sps, #bw
            "Waterfall", #name
            1, #number of inputs
            None # parent
        )
        self.waterfall.set_update_time(0.02)
        self.waterfall.enable_grid(False)
        self.waterfall.enable_axis_labels(True)



        labels = ['', '', '', '', '',
                  '', '', '', '', '']
        colors = [0, 0, 0, 0, 0,
                  0, 0, 0, 0, 0]
        alphas = [1.0, 1.0, 1.0, 1.0, 1.0,
                  1.0, 1.0, 1.0, 1.0, 1.0]

        for i in range(1):
            if len(labels[i]) == 0:
                self.waterfall.set_line_label(i, "Data {0}".format(i))
            else:
                self.waterfall.set_line_label(i, labels[i])
            self.waterfall.set_color_map(i, colors[i])
            self.waterfall.set_line_alpha(i, alphas[i])

        self.waterfall.set_intensity_range(-90, -20)

        self._waterfall_win = sip.wrapinstance(self.waterfall.qwidget(), Qt.QWidget)

        self.top_grid_layout.addWidget(self._waterfall_win, 1, 1, 1, 1)
        for r in range(1, 2):
            self.top_grid_layout.setRowStretch(r, 1)
        for c in range(1, 2):
            self.top_grid_layout.setColumnStretch(c, 1)
        self.throttle = blocks.throttle(gr.sizeof_gr_complex*1, play_sps,True)
        self.spectrum = qtgui.freq_sink_c(
            1024, #size
            window.WIN_BLACKMAN_hARRIS, #wintype
            0, #fc
            rate_sps, #bw
            "Spectrum", #name
            1,
            None # parent
        )
        self.spectrum.set_update_time(0.10)
        self.spectrum.set_y_axis((-100), 0)
        self.spectrum.set_y_label('Relative Gain', 'dB')
        self.spectrum.set_trigger_mode(qtgui.TRIG_MODE_FREE, 0.0, 0, "")
        self.spectrum.enable_autoscale(False)
        self.spectrum.enable_grid(False)
        self.spectrum.set_fft_average(0.1)
        self.spectrum.enable_axis_labels(True)
        self.spectrum.enable_control_panel(False)
        self.spectrum.set_fft_window_normalized(False)



        labels = ['received', '', '', '', '',
            '', '', '', '', '']
        widths = [1, 1, 1, 1, 1,
            1, 1, 1, 1, 1]
        colors = ["blue", "red", "green", "black", "cyan",
            "magenta", "yellow", "dark red", "dark green", "dark blue"]
        alphas = [1.0, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, 1.0, 1.0]

        for i in range(1):
            if len(labels[i]) == 0:
                self.spectrum.set_line_label(i, "Data {0}".format(i))
            else:
                self.spectrum.set_line_label(i, labels[i])
            self.spectrum.set_line_width(i, widths[i])
            self.spectrum.set_line_color(i, colors[i])
            self.spectrum.set_line_alpha(i, alphas[i])

        self._spectrum_win = sip.wrapinstance(self.spectrum.qwidget(), Qt.QWidget)
        self.top_grid_layout.addWidget(self._spectrum_win, 0, 1, 1, 1)
        for r in range(0, 1):
            self.top_grid_layout.setRowStretch(r, 1)
        for c in range(1, 2):
            self.top_grid_layout.setColumnStretch(c, 1)
        self.ofdm_transmitter = lrisc.Transmitter(waveform=waveform, gap_samples=gap_samples, pause_s=0)
        self.ofdm_receiver = lrisc.Receiver(waveform=waveform)
        self.frame_source = lrisc.FrameSource(frames, repeat=True)
        self.envelope = qtgui.time_sink_c(
            16384, #size
            rate_sps, #samp_rate
            "Bursts", #name
            1, #number of inputs
            None # parent
        )
        self.envelope.set_update_time(0.2)
        self.envelope.set_y_axis(-4, 4)

        self.envelope.set_y_label('Amplitude', "")

        self.envelope.enable_tags(True)
        self.envelope.set_trigger_mode(qtgui.TRIG_MODE_AUTO, qtgui.TRIG_SLOPE_POS, 0.5, 0.0004, 0, "")
        self.envelope.enable_autoscale(False)
        self.envelope.enable_grid(False)
        self.envelope.enable_axis_labels(True)
        self.envelope.enable_control_panel(False)
        self.envelope.enable_stem_plot(False)


        labels = ['I', 'Q', 'Signal 3', 'Signal 4', 'Signal 5',
            'Signal 6', 'Signal 7', 'Signal 8', 'Signal 9', 'Signal 10']
        widths = [1, 1, 1, 1, 1,
            1, 1, 1, 1, 1]
        colors = ['blue', 'red', 'green', 'black', 'cyan',
            'magenta', 'yellow', 'dark red', 'dark green', 'dark blue']
        alphas = [1.0, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, 1.0, 1.0]
        styles = [1, 1, 1, 1, 1,
            1, 1, 1, 1, 1]
        markers = [-1, -1, -1, -1, -1,
            -1, -1, -1, -1, -1]


        for i in range(2):
            if len(labels[i]) == 0:
                if (i % 2 == 0):
                    self.envelope.set_line_label(i, "Re{{Data {0}}}".format(i/2))
                else:
                    self.envelope.set_line_label(i, "Im{{Data {0}}}".format(i/2))
            else:
                self.envelope.set_line_label(i, labels[i])
            self.envelope.set_line_width(i, widths[i])
            self.envelope.set_line_color(i, colors[i])
            self.envelope.set_line_style(i, styles[i])
            self.envelope.set_line_marker(i, markers[i])
            self.envelope.set_line_alpha(i, alphas[i])

        self._envelope_win = sip.wrapinstance(self.envelope.qwidget(), Qt.QWidget)
        self.top_grid_layout.addWidget(self._envelope_win, 1, 0, 1, 1)
        for r in range(1, 2):
            self.top_grid_layout.setRowStretch(r, 1)
        for c in range(0, 1):
            self.top_grid_layout.setColumnStretch(c, 1)
        self.constellation = qtgui.const_sink_c(
            1024, #size
            "Equalised symbols", #name
            0, #number of inputs
            None # parent
        )
        self.constellation.set_update_time(0.10)
        self.constellation.set_y_axis((-4), 4)
        self.constellation.set_x_axis((-4), 4)
        self.constellation.set_trigger_mode(qtgui.TRIG_MODE_FREE, qtgui.TRIG_SLOPE_POS, 0.0, 0, "")
        self.constellation.enable_autoscale(False)
        self.constellation.enable_grid(True)
        self.constellation.enable_axis_labels(True)


        labels = ['symbols', '', '', '', '',
            '', '', '', '', '']
        widths = [1, 1, 1, 1, 1,
            1, 1, 1, 1, 1]
        colors = ["blue", "red", "red", "red", "red",
            "red", "red", "red", "red", "red"]
        styles = [0, 0, 0, 0, 0,
            0, 0, 0, 0, 0]
        markers = [0, 0, 0, 0, 0,
            0, 0, 0, 0, 0]
        alphas = [0.2, 1.0, 1.0, 1.0, 1.0,
            1.0, 1.0, 1.0, 1.0, 1.0]

        for i in range(1):
            if len(labels[i]) == 0:
                self.constellation.set_line_label(i, "Data {0}".format(i))
            else:
                self.constellation.set_line_label(i, labels[i])
            self.constellation.set_line_width(i, widths[i])
            self.constellation.set_line_color(i, colors[i])
            self.constellation.set_line_style(i, styles[i])
            self.constellation.set_line_marker(i, markers[i])
            self.constellation.set_line_alpha(i, alphas[i])

        self._constellation_win = sip.wrapinstance(self.constellation.qwidget(), Qt.QWidget)
        self.top_grid_layout.addWidget(self._constellation_win, 0, 0, 1, 1)
        for r in range(0, 1):
            self.top_grid_layout.setRowStretch(r, 1)
        for c in range(0, 1):
            self.top_grid_layout.setColumnStretch(c, 1)
        self.channel_simulator = lrisc.Channel(preset=channel, snr_db=snr_db, seed=0, waveform=waveform)


        ##################################################
        # Connections
        ##################################################
        self.msg_connect((self.ofdm_receiver, 'frames'), (self.constellation, 'in'))
        self.connect((self.channel_simulator, 0), (self.envelope, 0))
        self.connect((self.channel_simulator, 0), (self.ofdm_receiver, 0))
        self.connect((self.channel_simulator, 0), (self.spectrum, 0))
        self.connect((self.channel_simulator, 0), (self.waterfall, 0))
        self.connect((self.frame_source, 0), (self.ofdm_transmitter, 0))
        self.connect((self.ofdm_transmitter, 0), (self.throttle, 0))
        self.connect((self.throttle, 0), (self.channel_simulator, 0))


    def closeEvent(self, event):
        self.settings = Qt.QSettings("GNU Radio", "loopback_qt")
        self.settings.setValue("geometry", self.saveGeometry())
        self.stop()
        self.wait()

        event.accept()

    def get_channel(self):
        return self.channel

    def set_channel(self, channel):
        self.channel = channel

    def get_frames(self):
        return self.frames

    def set_frames(self, frames):
        self.frames = frames

    def get_gap_samples(self):
        return self.gap_samples

    def set_gap_samples(self, gap_samples):
        self.gap_samples = gap_samples

    def get_play_sps(self):
        return self.play_sps

    def set_play_sps(self, play_sps):
        self.play_sps = play_sps
        self.throttle.set_sample_rate(self.play_sps)

    def get_snr_db(self):
        return self.snr_db

    def set_snr_db(self, snr_db):
        self.snr_db = snr_db

    def get_waveform(self):
        return self.waveform

    def set_waveform(self, waveform):
        self.waveform = waveform
        self.set_rate_sps(find_waveform(self.waveform).rate_sps)

    def get_rate_sps(self):
        return self.rate_sps

    def set_rate_sps(self, rate_sps):
        self.rate_sps = rate_sps
        self.envelope.set_samp_rate(self.rate_sps)
        self.spectrum.set_frequency_range(0, self.rate_sps)
        self.waterfall.set_frequency_range(0, self.rate_sps)



def argument_parser():
    description = 'Frames of a file over a simulated channel, again and again, and what is on the air'
    parser = ArgumentParser(description=description)
    parser.add_argument(
        "-c", "--channel", dest="channel", type=str, default='awgn',
        help="Set Channel Preset [default=%(default)r]")
    parser.add_argument(
        "-f", "--frames", dest="frames", type=str, default='picture.frames',
        help="Set Frame File [default=%(default)r]")
    parser.add_argument(
        "--gap-samples", dest="gap_samples", type=intx, default=4096,
        help="Set Gap (samples) [default=%(default)r]")
    parser.add_argument(
        "--play-sps", dest="play_sps", type=eng_float, default=eng_notation.num_to_str(float(1000000)),
        help="Set Samples Played (1/s) [default=%(default)r]")
    parser.add_argument(
        "-w", "--waveform", dest="waveform", type=str, default='pluto256',
        help="Set Waveform [default=%(default)r]")
    return parser


def main(top_block_cls=loopback_qt, options=None):
    if options is None:
        options = argument_parser().parse_args()

    if StrictVersion("4.5.0") <= StrictVersion(Qt.qVersion()) < StrictVersion("5.0.0"):
        style = gr.prefs().get_string('qtgui', 'style', 'raster')
        Qt.QApplication.setGraphicsSystem(style)
    qapp = Qt.QApplication(sys.argv)

    tb = top_block_cls(channel=options.channel, frames=options.frames, gap_samples=options.gap_samples, play_sps=options.play_sps, waveform=options.waveform)

    tb.start()
    snippets_main_after_start(tb)
    tb.show()

    def sig_handler(sig=None, frame=None):
        tb.stop()
        tb.wait()

        Qt.QApplication.quit()

    signal.signal(signal.SIGINT, sig_handler)
    signal.signal(signal.SIGTERM, sig_handler)

    timer = Qt.QTimer()
    timer.start(500)
    timer.timeout.connect(lambda: None)

    qapp.exec_()

if __name__ == '__main__':
    main()
