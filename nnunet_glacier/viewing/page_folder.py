"""The folder of the page: what a browser needs, with or without a server, and what of it follows the GeoPackage."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd

from nnunet_glacier.formats.delineated_folder import DelineatedFolder
from nnunet_glacier.formats.delineated_lines import FRONT_LAYERS, read_fronts
from nnunet_glacier.formats.line_exports import write_geojson
from nnunet_glacier.formats.line_reviews import REVIEWS_FORM, Review
from nnunet_glacier.formats.reviewed_lines import apply_reviews
from nnunet_glacier.support.files import write_bytes_whole, write_text_whole, write_whole
from nnunet_glacier.viewing.page_data import Tables, front_entries, legend_entries, scene_entries, text_of
from nnunet_glacier.viewing.quick_looks import IMAGES, QuickLook

INDEX, DATA = "index.html", "data.js"
DOWNLOADS = ("fronts.gpkg", "fronts.geojson", "fronts.csv")
"""Files of the folder ``downloads``."""

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

    def write(self) -> None:
        """Write all but the pictures."""
        for name in (INDEX, *STATIC):
            write_bytes_whole(self.folder / name, page_file(name))
        self.write_fronts()

    def write_fronts(self) -> None:
        """Write what follows the GeoPackage: the data and the downloads."""
        tables = read_fronts(self.delineated.fronts)
        text = _script(self._content(tables))
        write_text_whole(self.folder / DATA, text)
        downloads = self.folder / "downloads"
        write_whole(downloads / DOWNLOADS[0], lambda temporary: shutil.copyfile(self.delineated.fronts, temporary))
        _write_geojson(downloads, tables)
        table = _all_fronts(tables)
        write_whole(downloads / DOWNLOADS[2], lambda temporary: table.to_csv(temporary, index=False))

    def _content(self, tables: Tables) -> dict[str, Any]:
        path = str(self.delineated.path.absolute())
        return {
            "form": REVIEWS_FORM,
            "name": self.delineated.path.absolute().name,
            "id": hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16],
            "crs": self.crs,
            "reviewer": self.reviewer,
            "scenes": scene_entries(tables, self.looks, self.crs),
            "curves": self.curves,
            "legend": legend_entries(),
        }

    def take_reviews(self, reviews: Sequence[Review]) -> dict[str, Any]:
        """Write reviews whose lines are in the page's plane into the GeoPackage.

        Returns:
            The fronts of their scenes as they are now.

        Raises:
            GlacierError: If they cannot be written.
        """
        apply_reviews(self.delineated.fronts, reviews, self.crs)
        cases = {review.case for review in reviews}
        tables = read_fronts(self.delineated.fronts)
        return front_entries({layer: table[table["case"].isin(cases)] for layer, table in tables.items()}, self.crs)

    def paths(self) -> dict[str, Path]:
        """The files that a browser may ask for, by their names in the folder."""
        pictures = [name for look in self.looks.values() for name in (look.scene, look.zones, look.probability)]
        names = [*STATIC, DATA, *(f"downloads/{name}" for name in DOWNLOADS)]
        names += [f"{IMAGES}/{name}" for name in pictures if name]
        return {name: self.folder / name for name in names}


def page_file(name: str) -> bytes:
    """A file of the page as the package brings it."""
    return files("nnunet_glacier.viewing").joinpath("page", *name.split("/")).read_bytes()


def _script(content: Any) -> str:
    """JSON as a script, which a page opened from a disk can load; ``<`` written out, so that no tag ends it."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f"window.glacierFronts = {text};\n"


def _write_geojson(folder: Path, tables: Tables) -> None:
    """The accepted and unjudged fronts as RFC 7946 GeoJSON, under the one name that the page links to."""
    fronts = tables["fronts"]
    with tempfile.TemporaryDirectory() as temporary:
        (made,) = write_geojson(Path(temporary), {str(fronts.crs): fronts}, "fronts")
        content = made.read_bytes()
    write_bytes_whole(folder / DOWNLOADS[1], content)


def _all_fronts(tables: Tables) -> pd.DataFrame:
    """The columns of all fronts, and the layer of each."""
    parts = []
    for layer in FRONT_LAYERS:
        table: geopandas.GeoDataFrame = tables[layer]
        columns = pd.DataFrame(table.drop(columns=table.geometry.name))
        if "date" in columns:
            columns["date"] = columns["date"].map(text_of).astype(object)
        columns.insert(1, "layer", layer)
        parts.append(columns)
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)
