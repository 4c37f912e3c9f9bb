# SPDX-License-Identifier: MIT
"""The systems that this project's codec is judged by, sent over the same modem and billed in the same way.

    deepjscc    another joint source-channel code, trained on the same pictures; needs torch
    digital     an image codec, 5G's LDPC and QAM: at a rate fixed, or the best for the SNR told
    ideal       the bound on that: an image codec and a code that reaches capacity

`measure_thresholds` and `best_rates` are commands: they measure what the rates are chosen by, and check the choice.
"""
