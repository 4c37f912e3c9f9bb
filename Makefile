# SPDX-License-Identifier: MIT
# One BLAS thread a test process: two of them already fill two cores.
PYTEST_WORKERS ?= 2
ARGS ?=

.PHONY: help setup dev demo test check docs flowgraphs clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what is missing: GNU Radio, .venv, Python packages (Debian 12, Ubuntu 24.04)
	@tools/setup.sh

demo: setup  ## send a picture over a simulated radio link and write it to runs/ (ARGS="photo.jpg --snr-db 4")
	@.venv/bin/lrisc loop $(ARGS)

dev:  ## besides, what tests, checks and the documentation need
	@tools/setup.sh dev

test: dev  ## run the tests (ARGS="tests/phy -x")
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv/bin/python -m pytest -n $(PYTEST_WORKERS) $(ARGS)

check: dev  ## ruff and mypy --strict
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy --strict

docs: dev  ## the site in build/site, with its generated pages and its notebooks run
	@.venv/bin/python tools/generated_docs.py
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs --quiet build --strict
	@echo 'the site is build/site/index.html'

flowgraphs: dev  ## compile flowgraphs/*.grc to Python with grcc
	@.venv/bin/python -m lrisc_sdr.blocks.graphs

clean:  ## remove .venv, caches and build output; runs/ stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
