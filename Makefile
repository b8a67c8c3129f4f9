# make run      set up .venv where it is missing and do one run; ARGS="optimizer=rmsprop seed=2" are handed on
# make test     the whole suite
# make check    what CI runs: lint, types, tests
# make ui       MLflow's pages over mlruns/
# GPU=1         install TensorFlow with CUDA, e.g. make run GPU=1

VENV := .venv
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
comma := ,
EXTRAS := dev$(if $(GPU),$(comma)gpu)
INSTALLED := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test check lint types ui install
.DEFAULT_GOAL := run

run: $(INSTALLED)
	$(BIN)/python -m crack_exp.run $(ARGS)

test: $(INSTALLED)
	$(BIN)/python -m pytest $(ARGS)

check: lint types test

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED)
	$(BIN)/mypy

ui: $(INSTALLED)
	$(BIN)/mlflow ui --backend-store-uri sqlite:///$(CURDIR)/mlruns/mlflow.db

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "crack_exp needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[$(EXTRAS)]'
	@touch $@
