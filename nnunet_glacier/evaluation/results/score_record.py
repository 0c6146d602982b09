"""The scores of the scenes that are done, kept while the others are scored, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO

import nnunet_glacier
from nnunet_glacier.evaluation.scene_scores import SceneScore, ScoringTask
from nnunet_glacier.support.dataclass_json import from_plain, to_plain
from nnunet_glacier.support.files import write_whole

SCORED_SCENES = "scored_scenes.jsonl"
_PACKAGES = ("nnunet-glacier", "numpy", "scipy", "scikit-image")
_SCORING = ("evaluation", "formats", "measures", "lines", "domain")


def task_key(task: ScoringTask) -> str:
    """A fingerprint of all that a scene's scores depend on, SHA-256 in hexadecimal.

    The scene as it is described, the options, size and time of change of its files, the versions of the packages that
    compute, and the code of this one.
    """
    files = [*task.prediction.files, task.reference.front, task.reference.zones, task.reference.label]
    states = [(path.stat().st_size, path.stat().st_mtime_ns) for path in files if path is not None and path.is_file()]
    return hashlib.sha256(repr((task, states, code_fingerprint())).encode()).hexdigest()


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


def _line(key: str, scores: Iterable[SceneScore]) -> str:
    return json.dumps({"key": key, "scores": [to_plain(score) for score in scores]}) + "\n"


class ScoreRecord:
    """A file with one line of JSON per scene, added to as scenes are scored.

    A line that was cut off by a crash is passed over, and so are lines of other input or options.

    Args:
        path: The file; it and its folder are made with the first scene.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def read(self, wanted: Collection[str]) -> dict[str, list[SceneScore]]:
        """The scores that are kept under the wanted fingerprints."""
        kept = {}
        lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines() if self.path.is_file() else []
        for line in lines:
            try:
                row = json.loads(line)
                if row["key"] in wanted:
                    kept[row["key"]] = [from_plain(SceneScore, score) for score in row["scores"]]
            except (ValueError, KeyError, TypeError):
                continue
        return kept

    def add(self, key: str, scores: Iterable[SceneScore]) -> None:
        """Keep the scores of one more scene."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a", encoding="utf-8")
            # The file may end in half a line: the next one starts afresh.
            self._file.write("\n")
        self._file.write(_line(key, scores))
        self._file.flush()

    def close(self) -> None:
        """Close the file; what was added stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def finish(self, scores: dict[str, list[SceneScore]]) -> None:
        """Replace the file by these scores alone, in their order."""
        self.close()
        lines = [_line(key, scene_scores) for key, scene_scores in scores.items()]
        write_whole(self.path, lambda temporary: temporary.write_text("".join(lines), encoding="utf-8"))
