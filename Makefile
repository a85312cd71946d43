# `make run` and `make test` do everything: virtual environment, locked dependencies, start or test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test lint lock audit package train screenshots clean

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.run ## open the window (without a display: check the samples in the terminal)
	@packaging/run.sh

test: $(VENV)/.test ## all tests that fit in minutes
	@packaging/run-tests.sh $(ARGS)

lint: $(VENV)/.test ## ruff, mypy --strict, import-linter, the catalogue of texts
	@$(BIN)/ruff check app tests benchmarks packaging training contracts/script
	@$(BIN)/ruff format --check app tests benchmarks packaging training contracts/script
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python packaging/extract_texts.py --check

lock: $(VENV)/.test ## resolve the lock files again
	@packaging/lock.sh

audit: $(VENV)/.test ## the long checks: large fuzz, mutation, benchmarks, package
	@packaging/audit.sh

package: $(VENV)/.test ## build the one-folder application in dist/
	@packaging/build.sh

train: $(VENV)/.train ## make a shipped model again and measure it: MODEL=ai-image, forensic, face, splice, joint or all
	@packaging/train.sh $(MODEL)

screenshots: $(VENV)/.test ## draw the pictures in docs/
	@$(BIN)/python packaging/screenshots.py docs/pictures

clean: ## remove what was built
	rm -rf $(VENV) $(VENV)-training build dist

$(VENV)/.train: requirements-training.lock pyproject.toml packaging/setup-training.sh
	@packaging/setup-training.sh "$(PYTHON)" $(VENV)-training && mkdir -p $(VENV) && touch $@

$(VENV)/.run: requirements.lock pyproject.toml packaging/setup-venv.sh
	@packaging/setup-venv.sh "$(PYTHON)" $(VENV) requirements.lock && touch $@

$(VENV)/.test: requirements-dev.lock pyproject.toml packaging/setup-venv.sh
	@packaging/setup-venv.sh "$(PYTHON)" $(VENV) requirements-dev.lock && touch $@ $(VENV)/.run
