# What a person does with Atrio. Everything lives in .venv and in the data folder; see docs/operations.md.

PORT ?= 8000
ATRIO_LISTEN ?= 127.0.0.1
# The first Python that is recent enough.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
ATRIO := .venv/bin/atrio
IN_VENV := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run install reset load-wwi test check lint types contracts translations unit quick bench dev lock clean

help:  ## say what can be done
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

run: install  ## start everything for a trial (PORT=8000)
	@exec $(ATRIO) run --host "$(ATRIO_LISTEN)" --port "$(PORT)"

install: python  ## prepare .venv and the front-end files only
	@"$(PYTHON)" atrio/config/bootstrap.py
	@$(ATRIO) assets

reset: install  ## delete the trial's data and begin anew
	@$(ATRIO) reset --yes

load-wwi: install  ## load the sample company of WWI=folder into the portal "wwi"
	@$(ATRIO) load_plan examples/wwi/plan.toml --base "$(WWI)"

WWI ?= ../shared/data/datasets/wwi

dev: python  ## prepare what the checks need, too
	@"$(PYTHON)" atrio/config/bootstrap.py --dev
	@$(ATRIO) assets

test: dev lint types contracts translations unit  ## run every check that CI runs

check: test

lint:
	$(IN_VENV)/ruff check .
	$(IN_VENV)/ruff format --check .

types:
	$(IN_VENV)/mypy atrio

contracts:
	$(IN_VENV)/lint-imports

translations:
	$(ATRIO) messages --check

unit:
	$(IN_VENV)/python -m pytest -n 2

quick: dev  ## run the tests that take less than three minutes on two cores
	$(IN_VENV)/python -m pytest -n 2 -m "not thorough"

bench: dev  ## measure against the targets (BENCH="pages pdf", DOCUMENTS=1000000)
	$(IN_VENV)/python -m bench --documents "$(DOCUMENTS)" $(BENCH)

DOCUMENTS ?= 1000000

lock: dev  ## renew the lock files from pyproject.toml
	$(IN_VENV)/python -m pip install --quiet uv
	echo 'setuptools>=77' | $(LOCK) -o requirements.lock pyproject.toml -
	echo 'setuptools>=77' | $(LOCK) --extra dev -o requirements-dev.lock pyproject.toml -

LOCK = $(IN_VENV)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

.PHONY: python
python:
	@if [ -z "$(PYTHON)" ]; then echo "atrio: Python 3.11 or newer is needed and was not found (PYTHON=path names one)." >&2; exit 1; fi

clean:  ## delete what was made, but not the data
	rm -rf .venv node_modules static-built atrio/static/vendor
