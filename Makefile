# Each target sets up what it needs; `make help` lists them. CI calls only these.
.DEFAULT_GOAL := help
.PHONY: help setup training dashboard test test-all check lock

PYTHON := .venv/bin/python
# Compiled modules start a run seconds sooner; some shells forbid writing them.
unexport PYTHONDONTWRITEBYTECODE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup: .venv/base ## create .venv with the locked packages, once
	@:

training: setup ## train, measure and decide on the embedded data set
	$(PYTHON) run.py --pipeline training

dashboard: setup ## show the runs in ZenML's and MLflow's pages until Ctrl-C
	$(PYTHON) run.py dashboard

test: .venv/dev ## run the tests that need nothing but Python
	$(PYTHON) -m pytest -m "not server" -q

test-all: test ## add those that need a real database server
	$(PYTHON) -m pytest -m server -q

check: .venv/dev ## lint, formatting, types
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

lock: ## resolve requirements/*.in anew into the locks (needs uv)
	.ci/lock

# The stamps are as old as the last complete installation.
.venv/base: requirements.txt .ci/install
	.ci/install requirements.txt
	@touch $@

.venv/dev: .venv/base requirements/dev.txt
	.ci/install requirements.txt requirements/dev.txt
	@touch $@
