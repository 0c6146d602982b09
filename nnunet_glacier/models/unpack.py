"""``nnunet-glacier model unpack``: a packed model to a results folder of nnU-Net's."""

from __future__ import annotations

import shutil
from pathlib import Path

from nnunet_glacier.formats.model import open_model
from nnunet_glacier.formats.packed_model import CARD, MODEL_JSON, TRAINER_SOURCE
from nnunet_glacier.formats.trained_folders import trained_folder_of, write_trained_folder
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import folder_problems, write_bytes_whole
from nnunet_glacier.support.partial_files import holds_anything

_SUMMARY = "Nothing was unpacked"


def unpack_model(path_or_name: Path | str, out: Path, *, overwrite: bool = False) -> str:
    """Write a packed model as nnU-Net's own commands read it.

    Every SHA-256 is verified, and plans and weights are checked, before anything is written. What is written are
    plain weights in nnU-Net's form; nothing of the packed model is run or unpickled.

    Args:
        path_or_name: A packed model's folder or archive, or the name of a shipped model.
        out: A results folder, ``nnUNet_results``; the trained folder is made in it.
        overwrite: Whether to replace another trained folder of the same name.

    Returns:
        What was written, and how to use it.

    Raises:
        InputError: If it is no packed model, is damaged, or another model stands in its place.
    """
    model = open_model(path_or_name)
    if model.packed is None:
        what = "it is a trained folder already, which nnU-Net's commands read as it is"
        raise InputError([Problem(model.folder, what, "Give a packed model, or the name of a shipped one")], _SUMMARY)
    folder = trained_folder_of(out, model)
    record = model.packed.read_description()
    problems = folder_problems(folder)
    marker = folder / MODEL_JSON
    replaced = not problems and holds_anything(folder) and not (marker.is_file() and marker.read_bytes() == record)
    if replaced and not overwrite:
        remedy = "Choose another OUT, or replace it with --overwrite"
        problems.append(Problem(folder, "another trained folder of this name is there", remedy))
    if problems:
        raise InputError(problems, _SUMMARY)
    if replaced:
        # Folds that only the other model has would be taken for this one's.
        for fold in folder.glob("fold_*"):
            shutil.rmtree(fold)
    # First, so that after a stop the same command knows its own folder again.
    texts = {MODEL_JSON: record, CARD: model.packed.read(CARD)}
    if model.trainer_source:
        texts[TRAINER_SOURCE] = model.packed.read(TRAINER_SOURCE)
    for name, text in texts.items():
        write_bytes_whole(folder / name, text)
    write_trained_folder(folder, model)
    folds = " ".join(model.folds)
    lines = [f"Unpacked {model.name} with folds {', '.join(model.folds)}: {folder}"]
    if model.trainer_source:
        lines.append(
            f"Its trainer {model.trainer} is not part of this package: read {folder / TRAINER_SOURCE}, and put it"
        )
        lines.append("as a .py file into a folder of nnUNet_extTrainer if you trust it.")
    lines.append('Next: eval "$(nnunet-glacier env)"')
    lines.append(f"      nnUNetv2_predict_from_modelfolder -i IMAGES -o OUT -m {folder} -f {folds}")
    return "\n".join(lines)
