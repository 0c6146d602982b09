"""How QGIS draws the layers of a GeoPackage: its own table ``layer_styles``, which it looks for on opening."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

STYLES = {
    "fronts": ("230,40,40,255", "solid", 0.6),
    "other_pieces": ("240,190,40,255", "solid", 0.3),
    "prolonged": ("40,220,230,255", "dash", 0.6),
    "grounding_lines": ("230,40,40,255", "solid", 0.6),
    "rejected": ("120,120,120,255", "dot", 0.5),
}
"""Colour (red, green, blue, alpha), pen and width in millimetres of each layer."""

_TABLE = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256),
    f_table_schema TEXT(256),
    f_table_name TEXT(256),
    f_geometry_column TEXT(256),
    styleName TEXT(30),
    styleQML TEXT,
    styleSLD TEXT,
    useAsDefault BOOLEAN,
    description TEXT,
    owner TEXT(30),
    ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""

_QML = """<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.34" styleCategories="Symbology">
 <renderer-v2 type="singleSymbol" symbollevels="0" enableorderby="0">
  <symbols>
   <symbol type="line" name="0" alpha="1" clip_to_extent="1">
    <layer class="SimpleLine" enabled="1" pass="0" locked="0">
     <Option type="Map">
      <Option type="QString" name="line_color" value="{colour}"/>
      <Option type="QString" name="line_style" value="{pen}"/>
      <Option type="QString" name="line_width" value="{width}"/>
      <Option type="QString" name="line_width_unit" value="MM"/>
     </Option>
    </layer>
   </symbol>
  </symbols>
 </renderer-v2>
 <layerGeometryType>1</layerGeometryType>
</qgis>
"""


def write_styles(path: Path, layers: Iterable[str]) -> None:
    """Add the table of styles to a GeoPackage that has none.

    Args:
        path: The ``.gpkg`` file.
        layers: Layers with an entry in `STYLES`, each of which QGIS then draws in its way.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('layer_styles', 'attributes', "
            "'layer_styles')"
        )
        for layer in layers:
            (column,) = database.execute(
                "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
            ).fetchone()
            colour, pen, width = STYLES[layer]
            database.execute(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner, ui) VALUES ('', '', ?, ?, ?, ?, '', 1, '', '',"
                " NULL)",
                (layer, column, layer, _QML.format(colour=colour, pen=pen, width=width)),
            )
