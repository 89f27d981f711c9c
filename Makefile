# Thin on purpose: each target is one command that you could type yourself.
# Needs Python 3.10 to 3.13 and make; everything else goes into .venv.

.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3.10 python3,$(shell command -v $(p) 2>/dev/null)))
BIN := .venv/bin
CHAPTER ?= 03
READY := .venv/ready-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup lab demo check test test-full test-floor unit browser lint format notebooks tables site pictures bench lock clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY)  ## create .venv and install exact versions (once)

$(READY):
	@test -n "$(PYTHON)" || { echo "No Python found. Install Python 3.11 and try again."; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "$(PYTHON) is $$("$(PYTHON)" -V 2>&1); the course needs Python 3.10 to 3.13. Try: make PYTHON=python3.11 setup"; exit 2; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@echo "Installing into .venv (once, about two minutes) ..."
	@$(BIN)/python -m pip install -q -r requirements.lock 2> >(grep -v '^WARNING: Location' >&2)
	@$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e . 2> >(grep -v '^WARNING: Location' >&2)
	@rm -f .venv/ready-* && touch $@

lab: $(READY)  ## open JupyterLab on the chapter list
	@$(BIN)/tlcourse lab $(ARGS)

demo: $(READY)  ## fit and measure a classifier on the embedded pictures
	@$(BIN)/tlcourse demo --out build/demo --overwrite

test: lint unit browser  ## everything: lint, unit tests, a browser, every notebook twice (short experiments)
	TLCOURSE_FAST=1 $(BIN)/python -m pytest tests/notebooks -q -n 2 --dist loadscope

test-full: lint browser  ## the same at full length: experiments, survival tests, the whole bundle
	TLCOURSE_TEST_MODE=normal $(BIN)/python -m pytest tests --ignore=tests/notebooks --ignore=tests/browser -q -n 2
	TLCOURSE_TEST_MODE=normal $(BIN)/python -m pytest tests/notebooks -q -n 1

test-floor: $(READY)  ## unit tests and four chapters with the oldest supported versions
	$(BIN)/python tools/test_floor.py

check: lint unit  ## what to run before a commit: lint, unit tests and one chapter (CHAPTER=03)
	TLCOURSE_FAST=1 $(BIN)/python -m pytest tests/notebooks -q -n 2 -k "$(CHAPTER)_ or not test_it_runs"

unit: $(READY)
	$(BIN)/python -m pytest tests --ignore=tests/notebooks --ignore=tests/browser -q -n 2 --dist worksteal

browser: $(READY)  ## JupyterLab and the report in a real browser; skipped where there is none
	$(BIN)/python -m pytest tests/browser -q

lint: $(READY)  ## style, security, spelling, prose, stale notebooks and tables
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell README.md CONTRIBUTING.md CHANGELOG.md THIRD_PARTY_NOTICES.md docs chapters tlcourse tools tests bench
	$(BIN)/python tools/check_prose.py chapters/*.py README.md CONTRIBUTING.md docs/*.md
	$(BIN)/python tools/build_notebooks.py --check
	$(BIN)/python tools/fill_tables.py --check
	$(BIN)/python tools/audit_packages.py

format: $(READY)  ## put the code in shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

notebooks: $(READY)  ## generate notebooks/ and solutions/ from chapters/
	$(BIN)/python tools/build_notebooks.py

tables: $(READY)  ## put measured figures into the tables of README and docs
	$(BIN)/python tools/fill_tables.py

site: $(READY)  ## the executed chapters as static pages in build/site, to read without running
	$(BIN)/python tools/build_site.py $(ARGS)

pictures: $(READY)  ## the figures of README and docs, from chapters that `make site` has run
	$(BIN)/python tools/readme_pictures.py
	$(BIN)/python tools/architecture_picture.py

bench: $(READY)  ## measure speed and quality; writes bench/*.json and bench/speed.png
	$(BIN)/python bench/main_job.py
	$(BIN)/python bench/speed.py
	$(BIN)/python bench/speech.py
	$(BIN)/python bench/style_shift.py
	$(BIN)/python bench/transfer_quality.py
	$(BIN)/python bench/vision.py

lock:  ## choose exact versions anew
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.10 --no-emit-index-url --no-header --no-emit-package pip --upgrade -o requirements.lock -q

clean:  ## remove what was built; data, notebooks and caches stay
	rm -rf .venv build dist .pytest_cache .ruff_cache
