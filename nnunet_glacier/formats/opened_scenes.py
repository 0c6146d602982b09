"""Scenes as their readers open them: one band with its own mask, and palettes of greys as those greys."""

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
        with _opened(_in_greys(_header(source), palette, source.nodata)) as greys:
            yield greys


@contextmanager
def open_band(path: Path, band: int) -> Iterator[Any]:
    """One band of a scene as a raster of its own, whose mask is that of the band: nodata value, mask file and alpha.

    GDAL says of a raster of several bands that a pixel holds data where any of them does, and heeds a nodata value or
    a mask, not both.

    Args:
        path: The scene.
        band: From 1.

    Raises:
        GlacierError: As `open_scene`.
    """
    from rasterio.enums import MaskFlags

    with open_scene(path) as source:
        alpha = next((one for one in source.indexes if source.colorinterp[one - 1].name == "alpha"), None)
        masked = alpha is not None or MaskFlags.per_dataset in source.mask_flag_enums[band - 1]
        if source.count == 1 and not (masked and source.nodata is not None):
            yield source
            return
        header = _header(source)
        bands = {int(one.attrib["band"]): one for one in header.findall("VRTRasterBand")}
        for one in bands.values():
            header.remove(one)
        if alpha is not None:
            _set_mask(header, bands[alpha])
        alone = bands[band]
        alone.set("band", "1")
        header.append(alone)
        nodata = _without(alone, "NoDataValue") if masked else ""
        with _opened(header) as view:
            if not nodata:
                yield view
                return
            for element in header.findall("MaskBand"):
                header.remove(element)
            _with_nodata(alone, nodata)
            _through(alone, "UseMaskBand", "true")
            for name, text in (("SourceFilename", view.name), ("SourceBand", "1")):
                for element in alone.iter(name):
                    element.text = text
            with _opened(header) as both:
                yield both


def _header(source: Any) -> ElementTree.Element:
    """A header for an open raster, by which GDAL reads it from its file: a VRT."""
    import rasterio
    from rasterio.shutil import copy

    with rasterio.MemoryFile(ext=".vrt") as memory:
        copy(source, memory.name, driver="VRT")
        return ElementTree.fromstring(memory.read())


@contextmanager
def _opened(header: ElementTree.Element) -> Iterator[Any]:
    import rasterio

    with rasterio.MemoryFile(ElementTree.tostring(header), ext=".vrt") as memory, memory.open() as source:
        yield source


def _set_mask(header: ElementTree.Element, alpha: ElementTree.Element) -> None:
    """Make an alpha band the mask of all bands."""
    for element in header.findall("MaskBand"):
        header.remove(element)
    _without(alpha, "ColorInterp", "NoDataValue")
    del alpha.attrib["band"]
    alpha.set("dataType", "Byte")
    ElementTree.SubElement(header, "MaskBand").append(alpha)


def _without(band: ElementTree.Element, *names: str) -> str:
    """Take elements out of the header of a band; the text of the last, "" where there is none."""
    text = ""
    for name in names:
        for element in band.findall(name):
            band.remove(element)
            text = element.text or ""
    return text


def _with_nodata(band: ElementTree.Element, value: str) -> None:
    element = ElementTree.Element("NoDataValue")
    element.text = value
    band.insert(0, element)


def _through(band: ElementTree.Element, name: str, text: str) -> None:
    """Let what a band is made of pass through something on its way."""
    for source in (*band.findall("SimpleSource"), *band.findall("ComplexSource")):
        source.tag = "ComplexSource"
        ElementTree.SubElement(source, name).text = text


def _in_greys(
    header: ElementTree.Element, palette: Mapping[int, tuple[int, ...]], nodata: float | None
) -> ElementTree.Element:
    """A header by which every number is looked up."""
    clear = {number for number, colour in palette.items() if colour[3] == 0 or number == nodata}
    greys = {number: _NO_DATA if number in clear else colour[0] for number, colour in sorted(palette.items())}
    band = header.find("VRTRasterBand")
    assert band is not None
    band.set("dataType", "UInt16")
    _without(band, "ColorInterp", "ColorTable", "NoDataValue")
    _with_nodata(band, str(_NO_DATA))
    _through(band, "LUT", ",".join(f"{number}:{grey}" for number, grey in greys.items()))
    return header
