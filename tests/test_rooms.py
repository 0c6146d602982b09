"""The rooms of the package meet through folders on disk and the shelves below them, not through each other."""

import ast
from pathlib import Path

import pytest

import nnunet_glacier

PACKAGE = Path(nnunet_glacier.__file__).parent
COMMANDS = "cli"
SHELVES = ["support", "domain", "lines", "measures", "formats"]
"""What every room may use, the lowest first; a shelf uses those before it."""
ROOMS = sorted({path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {COMMANDS, *SHELVES})
ALLOWED = {
    "trainers": {"architectures", "losses"},
    # A model is opened as for inference, and trained by its trainer, with the schedule that stands beside the presets.
    "adaptation": {"inference", "planning", "trainers"},
    # A scene is delineated from the single folds' probabilities, which no folder of maps holds.
    "delineation": {"inference"},
    # Pictures show what the networks and losses themselves compute, of models and images that inference opens.
    "pictures": {"architectures", "losses", "inference"},
    # Trials are trained by the trainers, which are found as for inference.
    "tuning": {"inference", "trainers"},
    # A model is packed only if its network can be built and takes its weights.
    "models": {"inference"},
}
WITHOUT_TORCH = [
    "dataset_conversion",
    "planning",
    "postprocessing",
    "evaluation",
    "report",
    "demo",
    "time_series",
    "delineation",
    "viewing",
]


def imported_modules(path: Path) -> set[str]:
    """Full names of the modules that a file imports, at its top or inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def folders_imported(path: Path) -> set[str]:
    """Folders of the package that a file imports from."""
    parts = [name.split(".") for name in imported_modules(path) if name.startswith("nnunet_glacier.")]
    return {part[1] for part in parts} & {*ROOMS, *SHELVES, COMMANDS}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_no_other_room(room):
    """Only trainers and pictures reach into other rooms, those that `ALLOWED` lists."""
    for path in (PACKAGE / room).rglob("*.py"):
        foreign = folders_imported(path) - {room, *SHELVES} - ALLOWED.get(room, set())
        assert not foreign, f"{path.relative_to(PACKAGE)} imports {sorted(foreign)}"


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_shelf_imports_only_those_below_it(shelf):
    """Shelves stand below the rooms; only the command line, above them, calls the rooms."""
    for path in (PACKAGE / shelf).rglob("*.py"):
        above = folders_imported(path) - set(SHELVES[: SHELVES.index(shelf) + 1])
        assert not above, f"{path.relative_to(PACKAGE)} imports {sorted(above)}"


@pytest.mark.parametrize("room", ROOMS)
def test_folders_of_a_room_do_not_import_each_other_in_a_circle(room):
    """What two of them need stands in one of them, or in a third."""
    uses: dict[str, set[str]] = {}
    for path in (PACKAGE / room).glob("*/**/*.py"):
        parts = [name.split(".") for name in imported_modules(path) if name.startswith(f"nnunet_glacier.{room}.")]
        folder = path.relative_to(PACKAGE / room).parts[0]
        others = {part[2] for part in parts if (PACKAGE / room / part[2]).is_dir()}
        uses.setdefault(folder, set()).update(others - {folder})
    while ground := {folder for folder, others in uses.items() if not others & set(uses)}:
        uses = {folder: others for folder, others in uses.items() if folder not in ground}
    assert not uses


def test_no_module_stands_in_the_corridor():
    """Every module has a folder; the package's root holds the public names and the program's start alone."""
    assert sorted(path.name for path in PACKAGE.glob("*.py")) == ["__init__.py", "__main__.py"]


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


@pytest.mark.parametrize("shelf", SHELVES)
def test_shelves_import_torch_only_inside_functions(shelf):
    """Opening a folder of maps or a table must not wait for torch, though a model's door stands on the same shelf."""
    for path in (PACKAGE / shelf).rglob("*.py"):
        body = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if not isinstance(node, ast.If)]
        imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {getattr(node, "module", None) or node.names[0].name for node in imports}
        assert not {name for name in names if name.split(".")[0] in ("torch", "nnunetv2")}, path
