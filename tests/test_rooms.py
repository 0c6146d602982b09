"""The rooms of the package meet through folders on disk and the root modules, not through each other."""

import ast
from pathlib import Path

import pytest

import nnunet_glacier

PACKAGE = Path(nnunet_glacier.__file__).parent
COMMANDS = "cli"
ROOMS = sorted({path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {COMMANDS})
ALLOWED = {
    "trainers": {"architectures", "losses"},
    # Pictures show what the networks and losses themselves compute, of models and images that inference opens.
    "pictures": {"architectures", "losses", "inference"},
}
WITHOUT_TORCH = ["dataset_conversion", "planning", "postprocessing", "evaluation", "report", "demo"]


def imported_modules(path: Path) -> set[str]:
    """Full names of the modules that a file imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    """Rooms of the package that a file imports from."""
    parts = [name.split(".") for name in imported_modules(path) if name.startswith("nnunet_glacier.")]
    return {part[1] for part in parts} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_no_other_room(room):
    """Only trainers and pictures reach into other rooms, those that `ALLOWED` lists."""
    for path in (PACKAGE / room).rglob("*.py"):
        foreign = rooms_imported(path) - {room} - ALLOWED.get(room, set())
        assert not foreign, f"{path.relative_to(PACKAGE)} imports {sorted(foreign)}"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_a_root_module_imports_no_room(path):
    """Root modules stand below the rooms; only the command line, above them, calls the rooms."""
    assert rooms_imported(path) == set()


@pytest.mark.parametrize("room", WITHOUT_TORCH)
def test_torch_is_imported_only_where_tensors_are(room):
    """Converting, scoring and drawing work in a second, without waiting for torch."""
    for path in (PACKAGE / room).rglob("*.py"):
        assert not {name for name in imported_modules(path) if name.split(".")[0] == "torch"}, path


@pytest.mark.parametrize("path", sorted((PACKAGE / COMMANDS).glob("*.py")), ids=lambda path: path.name)
def test_the_command_line_starts_without_the_stages(path):
    """Every stage is imported inside its command, so that --help is quick."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module]
    stages = {name.split(".")[1] for name in modules if name.startswith("nnunet_glacier.")}
    assert stages.isdisjoint(ROOMS)
