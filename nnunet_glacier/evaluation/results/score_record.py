"""The scores of the scenes that are done, kept while the others are scored, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import nnunet_glacier
from nnunet_glacier.evaluation.scene_scores import SceneScore, ScoringTask
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.resume import LineRecord, key_of

SCORED_SCENES = "scored_scenes.jsonl"
_PACKAGES = ("nnunet-glacier", "numpy", "scipy", "scikit-image")
_SCORING = ("evaluation", "formats", "measures", "lines", "domain")


def task_key(task: ScoringTask) -> str:
    """A fingerprint of all that a scene's scores depend on, SHA-256 in hexadecimal.

    The scene as it is described, the options, the content of its files, the versions of the packages that compute, and
    the code of this one.
    """
    files = [*task.prediction.files, task.reference.front, task.reference.zones, task.reference.label]
    there = [path for path in files if path is not None and path.is_file()]
    return key_of((task, code_fingerprint()), there)


@cache
def code_fingerprint() -> str:
    """A fingerprint of what computes: other code may give other scores under the same version."""
    digest = hashlib.sha256(repr([version(package) for package in _PACKAGES]).encode())
    for path in scoring_code():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def scoring_code() -> list[Path]:
    """The modules that a scene's scores may depend on: this room and the shelves below it."""
    package = Path(nnunet_glacier.__file__).parent
    return sorted(path for folder in _SCORING for path in (package / folder).rglob("*.py"))


class ScoreRecord(LineRecord):
    """A file with one line of JSON per scene, added to as scenes are scored; lines of other input are passed over."""

    def wanted(self, keys: Collection[str]) -> dict[str, list[SceneScore]]:
        """The scores that are kept under these keys."""
        kept = {}
        for key, scores in self.read().items():
            if key not in keys:
                continue
            try:
                kept[key] = [from_plain(SceneScore, score) for score in scores]
            except (ValueError, KeyError, TypeError):
                continue
        return kept

    def add_scores(self, key: str, scores: Iterable[SceneScore]) -> None:
        """Keep the scores of one more scene."""
        self.add(key, [to_plain(score) for score in scores])

    def finish_scores(self, scores: dict[str, list[SceneScore]]) -> None:
        """Replace the file by these scores alone, in their order."""
        self.finish({key: [to_plain(score) for score in scene_scores] for key, scene_scores in scores.items()})
