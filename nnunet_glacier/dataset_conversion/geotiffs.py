"""GeoTIFFs of several bands, opened for the converters that read bands of floats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nnunet_glacier.dataset_conversion.grids import Grid
from nnunet_glacier.errors import GlacierError
from nnunet_glacier.rasters import without_georeference_warning


@contextmanager
def open_geotiff(path: Path) -> Iterator[Any]:
    """A rasterio dataset; what rasterio cannot read, also later on, is a `GlacierError`."""
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with without_georeference_warning(), rasterio.open(path) as source:
            yield source
    except RasterioError as error:
        raise GlacierError(f"it cannot be read as a GeoTIFF ({error})") from None


def grid_of(source: Any) -> Grid:
    """The grid of an open GeoTIFF, CRS and affine as the file says them."""
    # A TIFF without a place has the identity as its transform.
    affine = None if source.transform.is_identity else tuple(map(float, source.transform[:6]))
    return Grid(source.shape, source.crs.to_string() if source.crs else "", affine)
