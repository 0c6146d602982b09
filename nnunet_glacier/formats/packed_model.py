"""A packed model: a folder, or a zip archive of it, with weights as safetensors, which cannot run code.

``model.json`` says what the model is and has the SHA-256 of every other file and of itself; ``plans.json`` and
``dataset.json`` are nnU-Net's; ``fold_*.safetensors`` are the weights; ``README.md`` is the model card.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nnunet_glacier.domain.front_rules import Route
from nnunet_glacier.formats.dataset_json import DATASET_JSON
from nnunet_glacier.formats.dataset_schema import NoData, PixelSizes
from nnunet_glacier.formats.json_files import parse_json, schema_problems
from nnunet_glacier.formats.model_plans import PLANS_JSON, Identifier, PlainName
from nnunet_glacier.formats.packed_files import ARCHIVE_ENDING, PackedFiles, write_archive
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.files import write_bytes_whole, write_whole

MODEL_JSON = "model.json"
CARD = "README.md"
TRAINER_SOURCE = "trainer.py.txt"
"""Source of a trainer that is neither nnU-Net's nor this package's: to be read, and never run from here."""

FORMAT = 1
_DIGEST = "sha256_of_this_file"
_JSON = (PLANS_JSON, DATASET_JSON)
_AGAIN = "Copy or download the model again"

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
FoldName = Annotated[str, Field(pattern=r"^(all|\d{1,3})$")]
Precision = Literal["float16", "float32"]


class _Schema(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class NormalForm(_Schema):
    """What a model's input looks like; a scene is brought to it.

    Attributes:
        pixel_size_m: Least and greatest pixel size in metres of what it was trained on; None if not known.
        values: What a pixel's value is.
        nodata: Value of pixels without data in 8-bit images that declare none; None where every value is data.
    """

    pixel_size_m: PixelSizes | None = None
    values: str = "8-bit grey amplitude"
    nodata: NoData | None = None


class PackedFold(_Schema):
    """Where a fold's weights come from.

    Attributes:
        trained_as: The trained folder and the fold in it.
        sha256_of_checkpoint: Of nnU-Net's checkpoint.
        epochs: Epochs that it was trained; None if not known.
        seed: Seed of the training; None if not known.
    """

    trained_as: str
    sha256_of_checkpoint: Sha256
    epochs: int | None = None
    seed: int | None = None


class ModelDescription(_Schema):
    """The content of ``model.json``.

    Attributes:
        format: Version of the form.
        name: The model's name.
        purpose: What it is for, in a sentence.
        licence: Licence of the weights, with the credit that it asks for.
        trainer: Class name of the trainer.
        configuration: Name of the configuration in the plans.
        mirroring_axes: As `Checkpoint.mirroring_axes`.
        precision: In which the weights are kept.
        input: Normal form of its input.
        route: What its fronts are drawn from where nothing else is asked for.
        folds: The folds.
        versions: Versions of the packages that packed it.
        commands: The commands that make it again, in their order.
        sha256: Of every other file, by name.
    """

    format: Literal[1]
    name: PlainName
    purpose: str
    licence: str
    trainer: Identifier
    configuration: PlainName
    mirroring_axes: list[Literal[0, 1]] | None
    precision: Precision
    input: NormalForm
    route: Route = "zones"
    folds: Annotated[dict[FoldName, PackedFold], Field(min_length=1)]
    versions: dict[str, str]
    commands: list[str]
    sha256: dict[str, Sha256]


@dataclass(frozen=True)
class PackedModel:
    """A packed model whose files are all there and unchanged.

    Attributes:
        path: The folder or archive.
        description: What ``model.json`` says.
        plans: Content of ``plans.json``, not yet checked.
        dataset_json: Content of ``dataset.json``, not yet checked.
        size: Bytes of all its files.
    """

    path: Path
    description: ModelDescription
    plans: Any
    dataset_json: Any
    size: int

    def read(self, name: str) -> bytes:
        """The bytes of one of its files, compared with their SHA-256 again.

        Raises:
            InputError: If the file has changed since the model was opened.
        """
        try:
            content = PackedFiles(self.path).read(name)
        except GlacierError as error:
            raise InputError([Problem(self.path / name, str(error), _AGAIN)], "The model cannot be used") from None
        if hashlib.sha256(content).hexdigest() != self.description.sha256[name]:
            raise InputError([_damaged(self.path, name)], "The model cannot be used")
        return content

    def read_description(self) -> bytes:
        """The bytes of ``model.json``.

        Raises:
            GlacierError: If it cannot be read any more.
        """
        return PackedFiles(self.path).read(MODEL_JSON)


def weights_file(fold: str) -> str:
    """Name of a fold's file."""
    return f"fold_{fold}.safetensors"


def is_packed(path: Path) -> bool:
    """Whether a path is a packed model: a zip archive, or a folder with ``model.json`` or weights and no trained fold.

    A folder of which a file is missing is one too: what is missing is told as it is read.
    """
    if path.is_dir():
        packed = (path / MODEL_JSON).exists() or any(path.glob(weights_file("*")))
        return packed and not any(entry.is_dir() for entry in path.glob("fold_*"))
    return path.suffix.lower() == ARCHIVE_ENDING and path.is_file()


def read_packed(path: Path, remedy: str = _AGAIN) -> PackedModel:
    """Read and verify a packed model: every file is hashed before any of them is used.

    Args:
        path: Its folder or archive.
        remedy: What to do if it is damaged.

    Raises:
        InputError: With everything that is wrong with it: files that are missing, damaged, not listed, not plain, or
            named to leave the folder.
    """
    summary = "The packed model cannot be used"
    files = PackedFiles(path)
    names, faults = files.names()
    problems = [Problem(path, fault, remedy) for fault in faults]
    description = None if faults else _read_description(files, names, problems, remedy)
    if description is None:
        raise InputError(problems, summary)
    problems += _unlisted(files, names, description, remedy)
    texts = {}
    for name in sorted(_files_of(description) & set(description.sha256) & set(names)):
        content = _read(files, name, problems, remedy)
        if content is not None and hashlib.sha256(content).hexdigest() != description.sha256[name]:
            problems.append(_damaged(path, name, remedy))
        elif content is not None and name in _JSON:
            texts[name], unreadable = parse_json(path / name, content, remedy)
            problems += unreadable
    if problems:
        raise InputError(problems, summary)
    size = sum(files.size(name) for name in (MODEL_JSON, *description.sha256))
    return PackedModel(path, description, texts[PLANS_JSON], texts[DATASET_JSON], size)


def _read(files: PackedFiles, name: str, problems: list[Problem], remedy: str) -> bytes | None:
    try:
        return files.read(name)
    except GlacierError as error:
        problems.append(Problem(files.path / name, str(error), remedy))
        return None


def _damaged(path: Path, name: str, remedy: str = _AGAIN) -> Problem:
    return Problem(path / name, f"its SHA-256 is not the one in {MODEL_JSON}: it is damaged or was changed", remedy)


def _read_description(
    files: PackedFiles, names: list[str], problems: list[Problem], remedy: str
) -> ModelDescription | None:
    where = files.path / MODEL_JSON
    if MODEL_JSON not in names:
        problems.append(Problem(where, "there is no such file, which a packed model has", remedy))
        return None
    text = _read(files, MODEL_JSON, problems, remedy)
    if text is None:
        return None
    content, faults = parse_json(where, text, remedy)
    digest = content.pop(_DIGEST, None) if isinstance(content, dict) else None
    faults = faults or schema_problems(where, content, ModelDescription, remedy)
    if not faults and digest != _digest(content):
        faults = [Problem(where, f"{_DIGEST} is not that of its content: it is damaged or was changed", remedy)]
    problems += faults
    return None if faults else ModelDescription.model_validate(content)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _unlisted(files: PackedFiles, names: list[str], description: ModelDescription, remedy: str) -> list[Problem]:
    """Files that should be there and are not, and those that should not be."""
    listed, known = set(description.sha256), _files_of(description)
    where = files.path / MODEL_JSON
    missing = sorted(known - listed - {TRAINER_SOURCE})
    problems = [Problem(where, f"sha256.{name} is missing", remedy) for name in missing]
    problems += [Problem(where, f"sha256.{name} is of no file of a model", remedy) for name in sorted(listed - known)]
    problems += [Problem(files.path / name, "the file is missing", remedy) for name in sorted(listed - set(names))]
    if files.in_archive:
        extra = sorted(set(names) - listed - {MODEL_JSON})
        problems += [Problem(files.path / name, f"it is not listed in {MODEL_JSON}", remedy) for name in extra]
    return problems


def _files_of(description: ModelDescription) -> set[str]:
    """Names of all files that a model may have beside ``model.json``."""
    return {*_JSON, CARD, TRAINER_SOURCE, *map(weights_file, description.folds)}


def description_problems(where: str | Path, description: Mapping[str, Any], remedy: str) -> list[Problem]:
    """What is wrong with a description, given as `write_packed` takes it."""
    return schema_problems(where, {"format": FORMAT, **description, "sha256": {}}, ModelDescription, remedy)


def write_packed(path: Path, description: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write a packed model; the same content gives the same bytes.

    Args:
        path: Its folder, or an archive that ends in ``.zip``.
        description: The fields of `ModelDescription` without ``format`` and ``sha256``.
        files: Every other file by its name. In a folder each is written whole, and ``model.json`` last.
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    content = {"format": FORMAT, **description, "sha256": digests}
    content = ModelDescription.model_validate(content).model_dump(mode="json")
    text = json.dumps({**content, _DIGEST: _digest(content)}, indent=2, ensure_ascii=False) + "\n"
    everything = {**files, MODEL_JSON: text.encode()}
    if path.suffix.lower() == ARCHIVE_ENDING:
        write_whole(path, lambda temporary: write_archive(temporary, everything))
        return
    for name, data in everything.items():
        write_bytes_whole(path / name, data)
