# Every command of the project; `make` alone lists them.
.DEFAULT_GOAL := help
HOME_DIR ?= home
SAMPLE = $(HOME_DIR)/inspection
PORT ?= 8501
DAY ?= $(shell date +%F)
PY := .venv/bin/python
READY := .venv/.ready
SPARK_READY := .venv-spark/.ready
UV_VERSION := 0.13.9
SHELL := /bin/bash
# What Python compiles is kept: every command starts sooner.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run dag test fast test-slow bench train-linkage lint fmt browser office

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) ## install everything into .venv

$(READY): requirements.lock pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	.venv/bin/uv pip install --quiet --compile-bytecode --python $(PY) -r requirements.lock
	.venv/bin/uv pip install --quiet --python $(PY) --no-deps -e .
	@touch $@

run: setup ## an invented nation and the inspection sample, one refresh each, then the dashboard
	@test -d $(HOME_DIR)/landing || .venv/bin/gatehouse generate --out $(HOME_DIR)/landing --releases 20000 --seed 1
	.venv/bin/gatehouse refresh --landing $(HOME_DIR)/landing --home $(HOME_DIR)
	@test -d $(SAMPLE)/landing || .venv/bin/gatehouse generate --out $(SAMPLE)/landing --inspection
	.venv/bin/gatehouse refresh --landing $(SAMPLE)/landing --home $(SAMPLE)
	.venv/bin/gatehouse dashboard --home $(HOME_DIR) --port $(PORT)

dag: setup ## the Dagster UI: assets, checks, runs, schedule and sensor
	@mkdir -p $(HOME_DIR)/dagster $(HOME_DIR)/landing && cp orchestration/dagster.yaml $(HOME_DIR)/dagster/
	GATEHOUSE_HOME=$(abspath $(HOME_DIR)) GATEHOUSE_LANDING=$(abspath $(HOME_DIR))/landing \
	  DAGSTER_HOME=$(abspath $(HOME_DIR))/dagster DAGSTER_DISABLE_TELEMETRY=1 PATH="$(CURDIR)/.venv/bin:$$PATH" \
	  $(PY) -m orchestration.dag

test: setup browser office ## lint and the fast tests
	@$(MAKE) --no-print-directory -j 2 lint fast

fast:
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow$(if $(filter skip,$(BROWSER)), and not browser)$(if $(filter skip,$(OFFICE)), and not office)"

$(SPARK_READY): requirements-spark.lock $(READY)
	python3 -m venv .venv-spark
	.venv/bin/uv pip install --quiet --python .venv-spark/bin/python -r requirements-spark.lock
	@touch $@

test-slow: setup browser office $(SPARK_READY) ## the tests that take minutes; those on Spark need Java 17
	$(PY) -m pytest -m slow

bench: setup ## seconds and memory of every layer of a refresh, beside the floor
	$(PY) -m bench --scratch $(HOME_DIR)/bench

train-linkage: setup ## the linkage model estimated anew from a home, with a report; nothing uses it until you say so
	$(PY) -m orchestration.linkage.training --home $(HOME_DIR) --day $(DAY) --out $(HOME_DIR)/linkage-training/$(DAY)

lint: setup ## style, who may import whom, and types
	.venv/bin/ruff check .
	.venv/bin/lint-imports
# Beside the tests it takes only what they leave.
	nice -n 19 .venv/bin/mypy

fmt: setup ## put the code into the house style
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

browser:
	@if [ "$(BROWSER)" != skip ] && ! command -v chromium >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -qq -y chromium; \
	  else echo "The browser tests need chromium. Install it (Debian: sudo apt-get install chromium), or leave them out: make test BROWSER=skip" >&2; exit 1; fi; fi

office:
	@if [ "$(OFFICE)" != skip ] && ! command -v soffice >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -qq -y libreoffice-calc-nogui; \
	  else echo "The tests of workbooks need LibreOffice. Install it (Debian: sudo apt-get install libreoffice-calc-nogui), or leave them out: make test OFFICE=skip" >&2; exit 1; fi; fi
