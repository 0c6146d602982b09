"""Scenes whose pixels are numbers of a palette of greys, read as those greys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from nnunet_glacier.formats.raster_checks import open_tiff
from nnunet_glacier.support.errors import GlacierError

_NO_DATA = 65535
"""Of the greys, which end at 255; so no grey is taken for a lack of data."""


@contextmanager
def open_scene(path: Path) -> Iterator[Any]:
    """A scene as rasterio opens it; of a palette of greys the greys, uint16, without data where it is transparent.

    Raises:
        GlacierError: If it cannot be read, or its pixels are numbers of a palette of colours.
    """
    with open_tiff(path) as source:
        if all(colour.name != "palette" for colour in source.colorinterp):
            yield source
            return
        palette = source.colormap(1)
        if any(len({red, green, blue}) > 1 for red, green, blue, opaque in palette.values() if opaque):
            raise GlacierError(
                "its pixels are numbers of a palette of colours, not grey values; write the colours as bands "
                "(gdal_translate -expand rgb), or take the image from which it was made"
            )
        with _in_greys(source, palette) as greys:
            yield greys


@contextmanager
def _in_greys(source: Any, palette: Mapping[int, tuple[int, ...]]) -> Iterator[Any]:
    """A header before the file, by which GDAL looks every number up."""
    import rasterio
    from rasterio.shutil import copy

    clear = {number for number, colour in palette.items() if colour[3] == 0 or number == source.nodata}
    greys = {number: _NO_DATA if number in clear else colour[0] for number, colour in sorted(palette.items())}
    with rasterio.MemoryFile(ext=".vrt") as memory:
        copy(source, memory.name, driver="VRT")
        header = ElementTree.fromstring(memory.read())
    band = header.find("VRTRasterBand")
    assert band is not None
    band.set("dataType", "UInt16")
    for name in ("ColorInterp", "ColorTable", "NoDataValue"):
        for element in band.findall(name):
            band.remove(element)
    without = ElementTree.Element("NoDataValue")
    without.text = str(_NO_DATA)
    band.insert(0, without)
    for element in (*band.findall("SimpleSource"), *band.findall("ComplexSource")):
        element.tag = "ComplexSource"
        ElementTree.SubElement(element, "LUT").text = ",".join(f"{number}:{grey}" for number, grey in greys.items())
    with rasterio.MemoryFile(ElementTree.tostring(header), ext=".vrt") as memory, memory.open() as looked_up:
        yield looked_up
