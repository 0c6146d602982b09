"""The folder of the page: what a browser needs, with or without a server, and what of it follows the GeoPackage."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd

from nnunet_glacier.formats.delineated_folder import DelineatedFolder
from nnunet_glacier.formats.delineated_lines import read_delineated
from nnunet_glacier.formats.line_exports import write_geojson
from nnunet_glacier.formats.line_reviews import REVIEWS_FORM, Review
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.support.databases import copy_database
from nnunet_glacier.support.errors import InputError, Problem
from nnunet_glacier.support.files import write_bytes_whole, write_text_whole, write_whole
from nnunet_glacier.viewing.page_data import Tables, line_entries, scene_entries, text_of
from nnunet_glacier.viewing.page_kind import PageKind, page_kind_of
from nnunet_glacier.viewing.quick_looks import IMAGES, QuickLook

INDEX, DATA, DOWNLOADS = "index.html", "data.js", "downloads"

_LAYER = "layer"
"""Column of the CSV: the layer of a line."""

STATIC = (
    "page.css",
    "line_editor.js",
    "retreat_curve.js",
    "page_state.js",
    "scene_map.js",
    "scene_panel.js",
    "reviews.js",
    "line_editing.js",
    "page.js",
    "leaflet/leaflet.css",
    "leaflet/leaflet.js",
    "leaflet/LICENSE",
)
"""What is the same in every page; Leaflet 1.9.4 as npm has it."""


@dataclass(frozen=True)
class Page:
    """A page with its pictures.

    Attributes:
        delineated: What it shows.
        folder: Where it is written.
        crs: CRS of its plane.
        looks: The pictures of each scene.
        curves: The curves of retreat; none if there is no result.
        reviewer: The name that is put in for the reviewer.
    """

    delineated: DelineatedFolder
    folder: Path
    crs: str
    looks: Mapping[str, QuickLook]
    curves: list[dict[str, Any]]
    reviewer: str

    @property
    def kind(self) -> PageKind:
        """What is peculiar to the lines that it shows."""
        return page_kind_of(self.delineated.file, self.delineated.maps)

    def write(self) -> None:
        """Write all but the pictures."""
        for name in (INDEX, *STATIC):
            write_bytes_whole(self.folder / name, page_file(name))
        self.write_lines()

    def write_lines(self) -> None:
        """Write what follows the GeoPackage: the data and the downloads."""
        self.write_data()
        self.write_downloads()

    def write_data(self) -> None:
        """Write what the page knows of the lines."""
        write_text_whole(self.folder / DATA, _script(self._content(self._tables())))

    def write_downloads(self) -> None:
        """Write the lines as files to download.

        Raises:
            GlacierError: If the GeoPackage among them is open in another program, or one cannot be written.
        """
        tables = self._tables()
        geopackage, geojson, csv = (self.folder / DOWNLOADS / name for name in self.kind.downloads)
        write_whole(geopackage, partial(copy_database, self.delineated.geopackage))
        _write_geojson(geojson, tables[self.kind.file.main])
        table = _all_lines(tables, self.kind)
        write_whole(csv, lambda temporary: table.to_csv(temporary, index=False))

    def _tables(self) -> Tables:
        return read_delineated(self.delineated.geopackage, self.delineated.file)

    def _content(self, tables: Tables) -> dict[str, Any]:
        path = str(self.delineated.path.absolute())
        known = {case: scene.known for case, scene in self.delineated.scenes.items()}
        return {
            "form": REVIEWS_FORM,
            "name": self.delineated.path.absolute().name,
            "id": hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16],
            "crs": self.crs,
            "reviewer": self.reviewer,
            "scenes": scene_entries(tables, self.kind, self.looks, known, self.crs),
            "curves": self.curves,
            **self.kind.as_json(),
        }

    def take_reviews(self, reviews: Sequence[Review]) -> list[dict[str, Any]]:
        """Write reviews whose lines are in the page's plane into the GeoPackage.

        Returns:
            For each review its line as it is now (`line_entries`).

        Raises:
            GlacierError: If they cannot be written.
        """
        now = apply_reviews(self.delineated.geopackage, reviews, self.crs, self.delineated.file)
        cases = {review.case for review in reviews}
        tables = {layer: table[table["case"].isin(cases)] for layer, table in self._tables().items()}
        entries = line_entries(tables, self.kind, self.crs)
        by_line = {(case, entry["seen"]): entry for case, of_case in entries.items() for entry in of_case}
        changed = [review.case for review, seen in zip(reviews, now, strict=True) if (review.case, seen) not in by_line]
        if changed:
            what = "it was saved, and another program has changed the line since"
            raise InputError([Problem(case, what, "Load the page again") for case in changed])
        return [by_line[review.case, seen] for review, seen in zip(reviews, now, strict=True)]

    def paths(self) -> dict[str, Path]:
        """The files that a browser may ask for, by their names in the folder."""
        pictures = [name for look in self.looks.values() for name in (look.scene, look.zones, look.probability)]
        names = [*STATIC, DATA, *(f"{DOWNLOADS}/{name}" for name in self.kind.downloads)]
        names += [f"{IMAGES}/{name}" for name in pictures if name]
        return {name: self.folder / name for name in names}


def page_file(name: str) -> bytes:
    """A file of the page as the package brings it."""
    return files("nnunet_glacier.viewing").joinpath("page", *name.split("/")).read_bytes()


def _script(content: Any) -> str:
    """JSON as a script, which a page opened from a disk can load; ``<`` written out, so that no tag ends it."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"window.glacierLines = {text};\n"


def _write_geojson(path: Path, lines: geopandas.GeoDataFrame) -> None:
    """The accepted and unjudged lines as RFC 7946 GeoJSON, under the one name that the page links to."""
    with tempfile.TemporaryDirectory() as temporary:
        (made,) = write_geojson(Path(temporary), {str(lines.crs): lines}, path.stem)
        content = made.read_bytes()
    write_bytes_whole(path, content)


def _all_lines(tables: Tables, kind: PageKind) -> pd.DataFrame:
    """The columns of all lines that are judged, and the layer of each as ``layer``.

    A column of that name that somebody added is ``layer_1``.
    """
    renamed = _renamed({name for layer in kind.file.judged for name in tables[layer]})
    parts = []
    for layer in kind.file.judged:
        table: geopandas.GeoDataFrame = tables[layer]
        columns = pd.DataFrame(table.drop(columns=table.geometry.name))
        if "date" in columns:
            columns["date"] = columns["date"].map(text_of).astype(object)
        columns = columns.rename(columns=renamed)
        columns.insert(1, _LAYER, layer)
        parts.append(columns)
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _renamed(names: Collection[str]) -> dict[str, str]:
    """A new name of a column that would be a second one ``layer``.

    >>> _renamed(["case", "layer", "layer_1"]), _renamed(["case"])
    ({'layer': 'layer_2'}, {})
    """
    free = next(name for number in count(1) if (name := f"{_LAYER}_{number}") not in names)
    return {_LAYER: free} if _LAYER in names else {}
