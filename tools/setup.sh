#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up a checkout: GNU Radio from the distribution, .venv that sees it, and the Python packages in it.
# Does nothing when that has been done for the same pyproject.toml, constraints.txt and this file.
#
#   tools/setup.sh         what users need: every command of lrisc
#   tools/setup.sh dev     besides, what tests, checks and the documentation need
#
#   LRISC_TORCH=cpu|cuda   choose the build of torch instead of looking for an NVIDIA GPU
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
log=build/setup.log
stamp=.venv/.lrisc-setup
case ${1:-} in
    '') extra=all ;;
    dev) extra=dev ;;
    *) printf 'setup: %s: give nothing, or dev\n' "$1" >&2; exit 1 ;;
esac

fingerprint() {
    { echo "$root ${LRISC_TORCH:-}"; cat pyproject.toml constraints.txt tools/setup.sh; } | sha256sum | cut -d ' ' -f 1
}

# What is there for developers serves users, too.
is_set_up() {
    [ -f "$stamp" ] && [ -x .venv/bin/python ] && grep -qxE "$(fingerprint) (dev|$extra)" "$stamp"
}

is_set_up && exit 0

mkdir -p build
# Two `make` at once: the second waits for the first and then finds its work done.
if command -v flock >/dev/null; then
    exec 9>build/setup.lock
    flock 9
    is_set_up && exit 0
fi
: >"$log"

case ${LRISC_TORCH:-} in
    '' | cpu | cuda) ;;
    *) printf 'setup: LRISC_TORCH=%s: use cpu or cuda\n' "$LRISC_TORCH" >&2; exit 1 ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# step MESSAGE HINT COMMAND…: one line for the step, all output to the log, one line if it fails.
step() {
    message=$1; hint=$2; shift 2
    say "$message"
    printf '\n== %s\n$ %s\n' "$message" "$*" >>"$log"
    if ! "$@" >>"$log" 2>&1 9>&-; then
        tac "$log" | sed '/^== /q' >build/setup.step
        if grep -qE 'name resolution|Could not resolve|NewConnectionError|Network is unreachable' build/setup.step; then
            reason="no network"
        else
            reason=$(grep -E '^(E:|ERROR:|error:|[A-Za-z]*Error:)|[Nn]o space left' build/setup.step |
                grep -v ResolutionImpossible | head -n 1 | cut -c 1-200)
        fi
        die "failed: $message${reason:+ ($reason)}. $hint Details: $log"
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# 1. The distribution's packages. Only the system's own Python can see its GNU Radio.
python=/usr/bin/python3
packages=
if ! [ -x "$python" ]; then
    packages="python3 python3-venv gnuradio"
else
    "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null || packages="python3-venv"
    "$python" -c 'from gnuradio import gr' 2>/dev/null || packages="$packages gnuradio"
fi
command -v iio_info >/dev/null || packages="$packages libiio-utils"
[ -e /etc/ssl/certs/ca-certificates.crt ] || packages="$packages ca-certificates"
packages=${packages# }
if [ -n "$packages" ]; then
    command -v apt-get >/dev/null ||
        die "no apt-get here (Debian 12 and Ubuntu 24.04 are served): install $packages yourself, then run this again"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null ||
        die "needs root or sudo: run 'apt-get install --no-install-recommends $packages' as root, then run this again"
    step "package lists (apt-get update)" "Is the network up?" as_root apt-get -q update
    step "installing $packages (GNU Radio is about 340 MB)" "Is the network up, and is there space?" \
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    die "$python is older than 3.10: use Debian 12, Ubuntu 24.04 or newer"

# 2. The virtual environment. One that was made elsewhere, or by another Python, is made anew.
rm -f "$stamp"
clear=
if [ -e .venv ]; then
    if ! .venv/bin/python -c 'import pip' 2>/dev/null ||
        ! grep -q "$root/.venv/" .venv/bin/activate ".venv/bin/pip" 2>/dev/null ||
        ! grep -q '^include-system-site-packages = true' .venv/pyvenv.cfg; then
        clear=--clear
    fi
fi
step "virtual environment .venv" "Is there space on the disk?" "$python" -m venv --system-site-packages $clear .venv

# 3. torch first, so that nothing else pulls in its 3 GB of CUDA where no GPU can use it.
pip="$root/.venv/bin/python -m pip --disable-pip-version-check --no-input"
torch=$(sed -n 's/^torch==//p' constraints.txt)
build=${LRISC_TORCH:-}
if [ -z "$build" ]; then
    build=cpu
    if command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then
        build=cuda
    fi
fi

install_torch_cpu() {
    # A CPU build may be at hand already, or where this host's pip is configured to look; else PyTorch's own index has it.
    .venv/bin/python -c 'import sys, torch; sys.exit(not torch.__version__.startswith(sys.argv[1]))' "$torch" 2>/dev/null ||
        $pip install -c constraints.txt "torch==$torch+cpu" ||
        $pip install -c constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu "torch==$torch+cpu"
}

if [ "$build" = cpu ]; then
    step "torch $torch for the CPU (about 200 MB)" "Is the network up?" install_torch_cpu
else
    step "torch $torch for CUDA (about 3 GB)" "Is the network up, and is there space?" \
        $pip install -c constraints.txt "torch==$torch"
fi

# 4. This package, and with dev all that its tests and tools need.
step "Python packages" "Is the network up?" $pip install -c constraints.txt -e ".[$extra]"
step "checking that GNU Radio and numpy fit together" "Run 'make clean' and then this again." \
    .venv/bin/python -c 'import numpy, torch, zmq; from gnuradio import blocks, digital, gr, pdu; import lrisc_sdr'

# 5. Once, instead of in the first run.
step "compiling the receiver's inner loops (half a minute)" "Run 'make clean' and then this again." \
    .venv/bin/python -m lrisc_sdr.phy

echo "$(fingerprint) $extra" >"$stamp"
say "done"
