"""What the package imports is declared in pyproject.toml, and not left to what others bring along."""

import ast
import re
import sys
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import nnunet_glacier

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

PACKAGE = Path(nnunet_glacier.__file__).parent
PROJECT = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(Requirement(requirement).name) for requirement in requirements}


def imported_packages() -> dict[str, set[str]]:
    """Top-level packages that the sources import, at the top or inside functions, with the files that do."""
    packages: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.append(node.module)
            for name in names:
                packages.setdefault(name.split(".")[0], set()).add(str(path.relative_to(PACKAGE)))
    return {name: files for name, files in packages.items() if name not in {*sys.stdlib_module_names, PACKAGE.name}}


def top_level(name: str) -> set[str]:
    """The packages that a distribution installs; the name that it has where it is not installed."""
    try:
        installed = files(name) or []
    except PackageNotFoundError:
        return {name.replace("-", "_")}
    return {Path(file).parts[0].removesuffix(".py") for file in installed}


def test_every_import_is_declared():
    """As a dependency, or as an extra for the backends of a cluster."""
    known = declared(PROJECT["dependencies"])
    for extra in ("dask", "ray"):
        known |= declared(PROJECT["optional-dependencies"][extra])
    provided = {package for name in known for package in top_level(name)}
    undeclared = {name: sorted(files) for name, files in imported_packages().items() if name not in provided}
    assert undeclared == {}


@pytest.mark.parametrize("name", ["torch", "torchvision"])
def test_an_environments_own_build_of_torch_stays(name):
    """A range of versions would let pip exchange a GPU build for another."""
    (requirement,) = [item for item in map(Requirement, PROJECT["dependencies"]) if item.name == name]
    assert str(requirement.specifier) == "" and requirement.url is None


def test_the_citation_is_of_this_version():
    """CITATION.cff names the version that pyproject.toml has."""
    citation = (PACKAGE.parent / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {PROJECT['version']}\n" in citation
    assert f"license: {PROJECT['license']}\n" in citation
