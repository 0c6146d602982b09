"""Trained folders of tiny networks, and what is packed of them."""

import hashlib
import json
from pathlib import Path

from tiny_models import make_dataset_json, make_model, make_plans

from nnunet_glacier.domain.labels import LABEL_SPACES
from nnunet_glacier.models.pack import Options, pack_model


def trained_folder(
    folder: Path, *, folds=(0, 1), trainer="nnUNetTrainer", space="fused", remarks=None, **plans
) -> Path:
    """A trained folder of the smallest U-Net; `remarks` are further entries of its dataset.json."""
    dataset_json = {**make_dataset_json(LABEL_SPACES[space]), **(remarks or {})}
    return make_model(folder, dataset_json, make_plans(patch=(32, 32), **plans), folds=folds, trainer=trainer)


def pack(trained, out: Path, **options) -> Path:
    """Pack one or several trained folders."""
    pack_model([trained] if isinstance(trained, Path) else trained, out, Options(**options))
    return out


def rewritten(folder: Path, change) -> None:
    """Change ``model.json`` and give it the digest of the changed content, as somebody who forges it would."""
    path = folder / "model.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content.pop("sha256_of_this_file")
    change(content)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    path.write_text(json.dumps({**content, "sha256_of_this_file": digest}), encoding="utf-8")
