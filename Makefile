# Each target sets up what it needs; `make help` lists them. CI calls only these.
.DEFAULT_GOAL := help
.PHONY: help setup setup-spark setup-cluster setup-kubeflow demo training features serve deployment batch \
  monitoring retraining dashboard test test-all test-cluster proof corrupted killed \
  error-rates bench-serving bench-batch retraining-study staging images deploy unlock ci check lock

PYTHON := .venv/bin/python
# One more than there are processors: tests that wait for a process use none.
WORKERS = $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
# Compiled modules start a run seconds sooner; some shells forbid writing them.
unexport PYTHONDONTWRITEBYTECODE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

setup: .venv/base ## create .venv with the locked packages, once
	@:

setup-spark: .venv/spark ## add PySpark, for features.engine=spark (needs Java 17)
	@:

setup-cluster: .venv/cluster ## add clients of S3 and Kubernetes, for stacks beyond the laptop
	@:

setup-kubeflow: .venv/kubeflow ## add Kubeflow's compiler, for the stack kubeflow
	@:

demo: setup ## eighteen months of a business in minutes, and a page that tells them
	$(PYTHON) run.py demo

features: setup ## build the feature table of the embedded data set, and publish it
	$(PYTHON) run.py --pipeline features

training: setup ## train, measure and decide on the embedded data set
	$(PYTHON) run.py --pipeline training

serve: setup ## serve the version in production until Ctrl-C
	$(PYTHON) run.py serve

deployment: setup ## bring what was approved a step closer to production
	$(PYTHON) run.py --pipeline deployment

batch: setup ## score every customer with the version in production; whom to call
	$(PYTHON) run.py --pipeline batch_inference

monitoring: setup ## is the model still right, how sure is that, what to do
	$(PYTHON) run.py --pipeline monitoring

retraining: setup ## train anew if there is reason to
	$(PYTHON) run.py --pipeline retraining

dashboard: setup ## show the runs in ZenML's and MLflow's pages until Ctrl-C
	$(PYTHON) run.py dashboard

test: .venv/dev ## run the tests that need nothing but Python
	$(PYTHON) -m pytest -m "not server and not long and not cluster" -q -n $(WORKERS) --dist loadfile

OTHERS := .venv/spark .venv/cluster .venv/kubeflow \
  $(patsubst %,.venv-%/installed,feast seldon clients swift airflow)
test-all: test $(OTHERS) ## add those that need servers or other environments
	$(PYTHON) -m pytest -m "(server or long) and not cluster" -q -rs -n 2 --dist loadfile

test-cluster: .venv/dev .venv/cluster .venv/kubeflow .venv-airflow/installed ## add those that need Kubernetes, a registry, Docker
	$(PYTHON) -m pytest -m cluster -q -rs

proof: .venv/dev ## hold features against the oracle on a million histories
	$(PYTHON) -m tests.proof --cases 1000000

corrupted: .venv/dev ## offer 10,000 corrupted bundles to the server's loader
	$(PYTHON) -m tests.corrupted --cases 10000

killed: .venv/dev ## kill batch runs at 50 random points, run them again, compare
	$(PYTHON) -m tests.killed_batches --points 50

bench-serving: setup .venv-seldon/installed .venv-mlserver/installed ## our server and others (needs wrk)
	$(PYTHON) -m benchmarks.serving

bench-batch: setup ## a million customers scored, a million rows watched; and others' ways
	$(PYTHON) -m benchmarks.batch
	$(PYTHON) -m benchmarks.drift

retraining-study: setup ## three years of five ways to retrain, in money
	$(PYTHON) -m benchmarks.retraining --page docs/retraining.html

error-rates: setup ## simulate how often each decision is wrong (25 minutes)
	$(PYTHON) -m benchmarks.error_rates

staging: .venv/cluster ## a team's servers in containers, and the stack on them (needs Docker with compose)
	$(PYTHON) ops/compose/staging.py

images: ## build the images; BUILD="--push --repository REGISTRY/PATH" sends them
	ops/docker/build $(BUILD)

deploy: ## bring images to an environment: TO=staging (or HOLDFAST_HOST=...) IMAGES="NAME@sha256:..."
	$(if $(HOLDFAST_HOST),ops/server/deploy $(HOLDFAST_HOST),ops/kubernetes/deploy $(TO)) $(IMAGES)

unlock: .venv/cluster ## in a job of GitHub Actions: its identity for the stack's keys
	$(PYTHON) .ci/identity.py unlock

ci: ## all that continuous integration runs (installs servers where it may)
	.ci/run

check: .venv/dev ## lint, formatting, types
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

lock: ## resolve requirements/*.in anew into the locks (needs uv)
	.ci/lock

# The stamps are as old as the last complete installation; what was added once stays.
.venv/base: requirements.txt .ci/install
	.ci/install requirements.txt
	@touch $@

# On top of the base; those added before stay.
ADDED := dev spark cluster kubeflow
$(ADDED:%=.venv/%): .venv/%: .venv/base requirements/%.txt
	.ci/install requirements.txt $(sort requirements/$*.txt \
	  $(patsubst .venv/%,requirements/%.txt,$(wildcard $(ADDED:%=.venv/%))))
	@touch $@

# Packages that contradict the base environment's have one of their own, NAME's lock.
.venv-%/installed: requirements/%.txt .ci/install
	HOLDFAST_VENV=.venv-$* .ci/install $<
	@touch $@

# Seldon's wrapper needs a NumPy that newer Pythons have no build of.
.venv-seldon/installed: export HOLDFAST_PYTHON = python3.11 python3.12
