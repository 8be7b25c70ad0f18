# make           this help
# make demo      start everything, ask as 1177 and NPÖ, print the answers, stop
# make run       start everything and leave it running (Ctrl-C stops it)
# make test      all tests
# make check     style, types and layering
# make bench     figures, beside nginx as a plain proxy (needs nginx and wrk)
# make fixtures  generate the test persons and records anew from their seed
# make docs      write docs/cli.md from the commands' help, docs/settings.md from the settings
# make pins      pin and hash the requirements anew (needs uv)
# make clean     remove the environment and caches
#
# PYTHON names the interpreter (3.11 to 3.13) that the environment is made from.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3 python,$(if $(shell $(name) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo yes),$(name))))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-runtime
TESTS_READY := $(VENV)/.ready-test
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes

.PHONY: help demo run test check bench docs fixtures pins clean
.DEFAULT_GOAL := help

help:
	@sed -n '/^# make/s/^# //p' Makefile

demo: $(READY)
	@$(BIN)/rivta demo $(ARGS)

run: $(READY)
	@$(BIN)/rivta run $(ARGS)

test: $(TESTS_READY)
	$(BIN)/python -m pytest $(ARGS)

check: $(TESTS_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(TESTS_READY)
	$(BIN)/python -m tests.bench $(ARGS)

fixtures: $(READY)
	$(BIN)/rivta fixtures generate

docs: $(TESTS_READY)
	$(BIN)/python tests/docs/cli_help.py
	$(BIN)/python tests/docs/settings_page.py

pins:
	for name in build runtime test; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --output-file requirements/$$name.txt requirements/$$name.in; done

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; name it with PYTHON=…" >&2; exit 2; }
	@echo "Making the environment $(VENV) with $$($(PYTHON) --version) …" >&2
	@$(PYTHON) -m venv $(VENV)

$(READY): requirements/build.txt requirements/runtime.txt $(VENV)/pyvenv.cfg
	@echo "Installing the pinned requirements …" >&2
	@$(PIP) -r requirements/build.txt
	@$(PIP) --no-build-isolation -r requirements/runtime.txt
	@echo '$(CURDIR)' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/rivta-gateway.pth"
	@printf '#!%s/$(BIN)/python\nfrom gateway.cli.main import main\nmain()\n' '$(CURDIR)' > $(BIN)/rivta
	@chmod +x $(BIN)/rivta
	@touch $@

$(TESTS_READY): requirements/test.txt $(READY)
	@echo "Installing what the tests need …" >&2
	@$(PIP) -r requirements/test.txt
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
