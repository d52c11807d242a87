# Each target makes the virtual environment it needs. Nothing but the package index is asked, and only then.
PYTHON ?= python3
BIN := .venv/bin
SEEDS := FOOTNOTE_CONFIG=seeds/footnote.toml $(BIN)/footnote

.PHONY: run test test-all test-train lint types check eval gate drills clean

run: .venv/run.stamp  ## index the seeds and open the chat page on http://127.0.0.1:7860
	$(SEEDS) index seeds
	$(SEEDS) serve --open

test: .venv/dev.stamp  ## every test that needs pip alone
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --ignore tests/system --ignore tests/train

test-all: .venv/system.stamp  ## the tests that also need chromium and strace
	$(BIN)/python -m pytest tests/system --numprocesses auto --dist loadfile

test-train: .venv/train.stamp  ## the tests of the training scripts, which need PyTorch
	$(BIN)/python -m pytest tests/train

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy

check: lint types test

eval: .venv/run.stamp  ## the gold questions on the seeds
	$(BIN)/footnote --data .footnote-eval index seeds
	$(BIN)/footnote --data .footnote-eval eval

gate: .venv/run.stamp  ## no figure on the seeds may fall
	$(BIN)/python -m eval.gate

drills: .venv/dev.stamp  ## the long drills, or those in DRILLS="kills steps"; figures go to docs/drills.md
	$(BIN)/python -m drills $(DRILLS)

clean:
	rm -rf .venv .footnote .footnote-eval build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ .venv/run.stamp

.venv/train.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[dev,train]"
	touch $@ .venv/dev.stamp .venv/run.stamp

.venv/system.stamp: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --editable ".[dev,system,local-llm]"
	touch $@ .venv/dev.stamp .venv/run.stamp
