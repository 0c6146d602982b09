# Two commands for a fresh clone: `make demo` and `make test`. Needs Python 3.10+ and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
OUT ?= demo_output

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test tests lint format docs install clean

demo: $(INSTALLED)
	$(BIN)/nnunet-glacier demo run $(OUT)

# Beside one another: reading all types takes one core a minute and a half.
test: $(INSTALLED)
	$(MAKE) -j 2 lint tests

tests: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(INSTALLED)
	$(BIN)/mkdocs build --strict

install: $(INSTALLED)

# The stamp, and not the folder, says that the installation came to its end.
$(INSTALLED): pyproject.toml
	@echo "Installing into $(VENV): nnU-Net brings torch, about 7 GB; 3 to 5 minutes."
	$(PYTHON) -c 'import sys; sys.exit("nnunet-glacier needs Python 3.10 or newer, this is " + sys.version.split()[0] + "; give another: make PYTHON=python3.11") if sys.version_info < (3, 10) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(OUT)
