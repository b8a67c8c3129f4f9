# make run             set up .venv where it is missing and do one run; ARGS="optimizer=rmsprop seed=2" are handed on
# make test            the whole suite
# make check           what CI runs: lint, types, tests with coverage
# make coverage        the whole suite, and how many lines it runs; ARGS=tests/data for some of it
# make check-hostile   2,000 wrong settings, every time others, each of which must get one sentence
# make check-kills     kill 100 commands at random moments, and go on with each; KILLS=5 for fewer; the thorough tests first
# make check-cluster   twelve jobs by three workers, and by Hydra's submitit launcher, one of each killed; 5 minutes
# make check-server    20 processes record whole runs at once on MLflow with PostgreSQL; CLIENTS=3 for fewer
# make check-backends  whole runs on JAX and on PyTorch, each in an environment of its own, beside one on TensorFlow
# make check-ray-spark the examples for Ray and Spark, one of two workers killed; needs Java, installs both beside .venv
# make check-pythons   a few quick tests, and a whole run, on each other Python from 3.11 to 3.13 that is installed
# make ui              MLflow's pages over mlruns/
# GPU=1                install TensorFlow with CUDA, e.g. make run GPU=1
# UV=                  install with pip, also where uv is installed

VENV := .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
TORCH ?= torch
UV ?= $(shell command -v uv 2>/dev/null)
comma := ,
BIN := $(VENV)/bin
# What `make run` needs, and what the checks need besides. A GPU's TensorFlow is a stamp of its own.
INSTALLED := $(VENV)/.installed$(if $(GPU),-gpu)
INSTALLED_DEV := $(VENV)/.installed-dev$(if $(GPU),-gpu)
QUICK := tests/config/test_compose.py tests/test_configs.py tests/run/test_smoke.py
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# Bytecode is made where it is first imported: for all of these libraries it takes longer than to install them.
# Where an environment forbids that, each start would compile TensorFlow anew: 12 s instead of 4.
unexport PYTHONDONTWRITEBYTECODE

ifeq ($(UV),)
MAKE_VENV = $(PYTHON) -m venv $(VENV)
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt
MINUTES = 1 to 3 minutes
else
MAKE_VENV = $(UV) venv --quiet --seed --allow-existing --python "$(PYTHON)" $(VENV)
INSTALL = $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
MINUTES = less than 1 minute
endif

.PHONY: run test check check-hostile check-kills check-cluster check-server check-backends check-ray-spark tested coverage check-pythons quick lint types ui install
.DEFAULT_GOAL := run

run: $(INSTALLED)
	@test -n "$(ARGS)" || test -d outputs/painted || echo "The first run paints 2,000 images and trains on them: about 2 minutes"
	$(BIN)/python -m crack_exp.run $(ARGS)

test: $(INSTALLED_DEV)
	$(BIN)/python -m pytest $(ARGS)

check: lint types tested

# Python 3.12 measures coverage for a few percent of the time; before, it would be a quarter.
tested: $(INSTALLED_DEV)
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then \
		$(MAKE) --no-print-directory coverage; else \
		echo "Coverage is measured from Python 3.12 on (or, slowly: make coverage)"; $(MAKE) --no-print-directory test; fi

coverage: $(INSTALLED_DEV)
	COVERAGE_CORE=$$($(BIN)/python -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")') \
		$(BIN)/python -m pytest --cov --cov-report= $(ARGS)
	@echo "coverage: $$($(BIN)/python -m coverage report --format=total) % of the lines of src/"

check-hostile: $(INSTALLED_DEV)
	CRACK_EXP_HOSTILE=2000 $(BIN)/python -m pytest --numprocesses=0 tests/test_hostile.py $(ARGS)

lint: $(INSTALLED_DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED_DEV)
	$(BIN)/mypy

check-pythons: check-python-3.11 check-python-3.12 check-python-3.13

check-python-%:
	@python=$$(PYENV_VERSION=$* python$* -c 'import sys; print(sys.executable)' 2>/dev/null) || { \
		echo "Python $* is not installed: left out"; exit 0; }; \
	test "$*" != "$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')" || { \
		echo "Python $*: that of make check"; exit 0; }; \
	echo "Python $*: the quick tests"; \
	$(MAKE) --no-print-directory quick PYTHON="$$python" VENV=$(VENV)-$*

check-kills: $(INSTALLED_DEV)
	$(BIN)/python -m pytest -m thorough
	$(BIN)/python -m tests.kills $(or $(KILLS),100)

check-cluster: $(INSTALLED_DEV)
	@$(INSTALL) --editable '.[dev,slurm]'
	$(BIN)/python -m tests.cluster

check-server: $(INSTALLED_DEV)
	$(BIN)/python -m pytest --numprocesses=0 -m server
	$(BIN)/python -m tests.many_clients $(or $(CLIENTS),20)

# PyTorch of the package index brings CUDA, 4 GB; TORCH="torch==2.13.0+cpu" names another one that the index or a folder has.
check-backends: $(INSTALLED_DEV)
	@for backend in jax torch; do \
		$(MAKE) --no-print-directory install VENV=$(VENV)-$$backend EXTRA=$$backend || exit 1; done
	$(BIN)/python -m tests.backends jax=$(VENV)-jax/bin/python torch=$(VENV)-torch/bin/python

check-ray-spark:
	$(MAKE) --no-print-directory install VENV=$(VENV)-ray-spark
	@$(subst $(VENV)/,$(VENV)-ray-spark/,$(INSTALL)) --editable '.[dev]' 'ray[data]' pyspark
	$(VENV)-ray-spark/bin/python -m pytest --numprocesses=0 -m ray_or_spark tests/examples

quick: $(INSTALLED_DEV)
	$(BIN)/python -m pytest --quiet $(QUICK)

ui: $(INSTALLED)
	$(BIN)/mlflow ui --backend-store-uri sqlite:///$(CURDIR)/mlruns/mlflow.db

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "crack_exp needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@test -n "$(UV)" || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Installing crack_exp and its libraries into $(VENV) with $(if $(UV),uv,pip): $(MINUTES), 2.6 GB"
	@$(BIN)/python -c '' 2>/dev/null || $(MAKE_VENV)
	@$(INSTALL) --editable '.$(if $(EXTRA)$(GPU),[$(or $(EXTRA),gpu)])' $(if $(filter torch,$(EXTRA)),'$(TORCH)')
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@echo "Installing what the checks need into $(VENV): less than a minute"
	@$(INSTALL) --editable '.[dev$(if $(GPU),$(comma)gpu)]'
	@touch $@
