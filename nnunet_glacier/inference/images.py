"""Images as a model takes them: its own files by its own nnU-Net reader, GeoTIFFs by rasterio, checked first."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nnunet_glacier.formats.image_files import ending_of
from nnunet_glacier.formats.model import Model
from nnunet_glacier.formats.model_plans import PLANS_JSON
from nnunet_glacier.formats.rasters import check_raster, read_raster
from nnunet_glacier.inference.cases import Case
from nnunet_glacier.inference.georeference import Georeference, everywhere, read_declared, read_tiff
from nnunet_glacier.inference.predictor import quiet
from nnunet_glacier.inference.valid_pixels import without_specks
from nnunet_glacier.lines.pixel_sizes import ground_edges_m
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.support.wording import counted

TIFF_ENDINGS = (".tif", ".tiff")
_PIXEL_READER = "NaturalImage2DIO"
_PIXEL_ENDINGS = (".png", ".bmp")
_PIXEL_SPACING = (999, 1, 1)
_PER_IMAGE_NORMALISATIONS = ("ZScoreNormalization", "RescaleTo01Normalization")
_ITK_PREFIX = re.compile(r"(\w+(::| ))?ERROR: (\w+\(0x[0-9a-fA-F]+\): )?")


@dataclass(frozen=True)
class ImageFormat:
    """Which images a model takes.

    Attributes:
        ending: Ending of the images it was trained on.
        reader: nnU-Net's reader class that read them.
        n_channels: Number of input channels.
        normalisations: nnU-Net's normalisation of each channel.
        eight_bit: Whether the values that it was trained on are those of 8-bit images, as far as its plans tell.
        nodata: Value of pixels without data in images that declare none; None where these hold data everywhere.
        nodata_in_8_bit: The same for images of 8 bits alone.
    """

    ending: str
    reader: type
    n_channels: int
    normalisations: tuple[str, ...]
    eight_bit: bool = True
    nodata: float | None = None
    nodata_in_8_bit: int | None = None

    def nodata_of(self, dtype: str) -> float | None:
        """Value of pixels without data in images of a type."""
        return self.nodata_in_8_bit if self.nodata is None and dtype == "uint8" else self.nodata

    @property
    def in_pixels(self) -> bool:
        """Whether the model works in pixels (PNG) and not at a pixel size (NIfTI)."""
        return self.reader.__name__ == _PIXEL_READER

    @property
    def endings(self) -> tuple[str, ...]:
        """Endings of the images that can be given to it, its own first."""
        others = (*_PIXEL_ENDINGS, *TIFF_ENDINGS) if self.in_pixels else TIFF_ENDINGS
        return (self.ending.lower(), *(ending for ending in others if ending != self.ending.lower()))

    @property
    def per_image(self) -> bool:
        """Whether images are normalised by their own values, so that their unit does not matter."""
        return set(self.normalisations) <= set(_PER_IMAGE_NORMALISATIONS)


def image_format_of(model: Model) -> ImageFormat:
    """Which images a trained model takes.

    Raises:
        InputError: If nnU-Net does not have the reader that the model's plans name.
    """
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    with quiet():
        plans = PlansManager(model.plans)
        normalisations = tuple(plans.get_configuration(model.configuration).normalization_schemes)
        try:
            reader = plans.image_reader_writer_class
        except RuntimeError:
            what = f"image_reader_writer is {model.plans['image_reader_writer']!r}, but a reader of nnU-Net is wanted"
            remedy = "Use the plans.json that the model was trained with"
            raise InputError([Problem(model.folder / PLANS_JSON, what, remedy)], "The model cannot be used") from None
    values = model.plans.get("foreground_intensity_properties_per_channel", {}).values()
    eight_bit = all(channel.get("min", 0) >= 0 and channel.get("max", 255) <= 255 for channel in values)
    return ImageFormat(model.file_ending, reader, model.n_channels, normalisations, eight_bit)


@dataclass(frozen=True)
class LoadedImage:
    """A case's pixels.

    Attributes:
        pixels: float32, ``(channels, 1, H, W)``.
        properties: What nnU-Net's reader noted: the spacing, and what its writer needs.
        georeference: For TIFFs, where they lie.
        dtype: The pixels' type in the file, for PNG and GeoTIFFs read by rasterio; else "".
        holds_data: Where a GeoTIFF holds data, bool, ``(H, W)``; None if everywhere, and for images that cannot say.
        valid: Which pixels make the statistics, bool, ``(H, W)``: `holds_data` less the specks that hold none; None
            for all, and for images that the model's own reader reads.
    """

    pixels: np.ndarray
    properties: dict[str, Any]
    georeference: Georeference | None = None
    dtype: str = ""
    holds_data: np.ndarray | None = None
    valid: np.ndarray | None = None


def load_case(case: Case, image_format: ImageFormat) -> LoadedImage:
    """Read a case.

    The model's own kind of file is read by the model's own reader; a TIFF for a model that was trained on something
    else by rasterio, with its pixel size taken from its affine where the model works at a pixel size.

    A pixel of a TIFF read by rasterio holds data where all its channels do (`without_specks`); one of the model's own
    TIFFs, whose fill values it was trained on, where one of its channels does by the files' headers.

    Raises:
        GlacierError: If the image does not suit the model. A damaged file raises what its reader raises.
    """
    for path in case.files:
        check_raster(path)
    endings = {ending_of(path, image_format.endings).lower() for path in case.files}
    if len(endings) > 1:
        raise GlacierError(f"its channels are files of different kinds: {', '.join(sorted(endings))}")
    is_tiff = endings <= set(TIFF_ENDINGS)
    if endings == {image_format.ending.lower()} or not is_tiff:
        image = _load_own(case.files, image_format, is_tiff=is_tiff)
    else:
        image = _load_tiffs(case.files, image_format)
    _check_shape(image.pixels, image_format)
    nodata = image_format.nodata_of(image.dtype)
    if nodata is not None and image.holds_data is None:
        image = replace(image, holds_data=without_specks((image.pixels != nodata).any(axis=(0, 1))))
    _check_dtype(image.dtype, image_format)
    if any(mask is not None and not mask.any() for mask in (image.holds_data, image.valid)):
        raise GlacierError("none of its pixels holds data in all channels")
    return image


def _load_own(paths: Sequence[Path], image_format: ImageFormat, *, is_tiff: bool) -> LoadedImage:
    grey = None if is_tiff else _grey_in_colours(paths, image_format)
    if grey is not None:
        return LoadedImage(grey, {"spacing": _PIXEL_SPACING}, dtype="uint8")
    pixels, properties = image_format.reader().read_images([str(path) for path in paths])
    if is_tiff:
        places, masks = zip(*(read_declared(path) for path in paths), strict=True)
        holds_data = None if any(mask is None for mask in masks) else np.logical_or.reduce(masks)
        return LoadedImage(pixels, properties, places[0], holds_data=holds_data)
    dtypes = {_pixel_type(path) for path in paths} if image_format.in_pixels else {""}
    return LoadedImage(pixels, properties, dtype=min(dtypes - {"uint8"}, default="uint8"))


def _grey_in_colours(paths: Sequence[Path], image_format: ImageFormat) -> np.ndarray | None:
    """PNGs of a channel each whose grey values are saved as equal colours, a palette or with alpha, as `convert` reads.

    Returns:
        float32, ``(channels, 1, H, W)``; None if they are to be left to nnU-Net's reader: for single grey bands,
        models that take colours, colours that differ and images of different sizes.
    """
    pngs = all(path.suffix.lower() == ".png" for path in paths)
    if not (pngs and image_format.in_pixels and image_format.n_channels == len(paths) and any(map(_in_colours, paths))):
        return None
    try:
        channels = [read_raster(path).values for path in paths]
    except GlacierError:
        return None
    if len({channel.shape for channel in channels}) > 1:
        return None
    return np.stack(channels)[:, None].astype(np.float32)


def _in_colours(path: Path) -> bool:
    with Image.open(path) as image:
        return image.mode in ("LA", "P", "PA", "RGB", "RGBA")


def _pixel_type(path: Path) -> str:
    """The type of a PNG's or BMP's pixels, by its header alone."""
    with Image.open(path) as image:
        # Pillow's modes of 16 bits are I;16 and, of earlier versions, I.
        return {"1": "bool", "I": "uint16"}.get(image.mode[0], "uint8")


def _load_tiffs(paths: Sequence[Path], image_format: ImageFormat) -> LoadedImage:
    channels, places, masks = zip(*(read_tiff(path) for path in paths), strict=True)
    shapes = sorted({channel.shape[1:] for channel in channels})
    if len(shapes) > 1:
        raise GlacierError(f"its channels differ in size: {shapes}")
    if any((place.crs, place.transform) != (places[0].crs, places[0].transform) for place in places):
        raise GlacierError("its channels lie in different places: CRS or affine differ")
    spacing: Sequence[float] = _PIXEL_SPACING
    if not image_format.in_pixels:
        height_m, width_m = places[0].pixel_size_m()
        spacing = (max(height_m, width_m) * 999, height_m, width_m)
    pixels = np.concatenate(channels)[:, None].astype(np.float32)
    valid = everywhere(masks)
    return LoadedImage(pixels, {"spacing": spacing}, places[0], channels[0].dtype.name, without_specks(valid), valid)


def _check_shape(pixels: np.ndarray, image_format: ImageFormat) -> None:
    if pixels.shape[1] != 1:
        raise GlacierError(f"it is a volume of {counted(pixels.shape[1], 'layer')}, and predict takes single images")
    if pixels.shape[0] != image_format.n_channels:
        raise GlacierError(f"it has {counted(pixels.shape[0], 'channel')}, the model takes {image_format.n_channels}")


def _check_dtype(dtype: str, image_format: ImageFormat) -> None:
    if dtype not in ("", "uint8") and image_format.eight_bit and not image_format.per_image:
        raise GlacierError(
            f"its pixels are {dtype}, but the model normalises by {', '.join(image_format.normalisations)}, which "
            "needs the 8-bit values it was trained on"
        )


@dataclass(frozen=True)
class Checked:
    """What is known of a case's image once it was decoded.

    Attributes:
        problem: What is wrong with it, or None.
        dtype: The pixels' type as `LoadedImage.dtype`.
        pixels: Number of pixels of a channel.
        pixels_without_data: Number of them that hold no data.
        pixel_size_m: Edge of a pixel on the ground, ``sqrt(width * height)``; NaN where the image has no place.
    """

    problem: Problem | None = None
    dtype: str = ""
    pixels: int = 0
    pixels_without_data: int = 0
    pixel_size_m: float = math.nan


def check_case(case: Case, image_format: ImageFormat) -> Checked:
    """Decode a case to see whether it can be predicted."""
    where = ", ".join(map(str, case.files))
    remedy = f"The model was trained on {image_format.n_channels}-channel {image_format.ending} images; give such"
    try:
        image = load_case(case, image_format)
    except GlacierError as error:
        return Checked(Problem(where, str(error), remedy))
    except Exception as error:  # readers raise whatever their libraries raise, and every image is to be looked at
        remedy = "Replace it by an intact copy, or leave it out"
        return Checked(Problem(where, f"it cannot be read ({_reason(error)})", remedy))
    if not np.isfinite(image.pixels).all():
        remedy = "Give them the value that such pixels have in the images the model was trained on"
        return Checked(Problem(where, "it has pixels that are no numbers", remedy))
    missing = 0 if image.holds_data is None else np.count_nonzero(~image.holds_data)
    return Checked(None, image.dtype, image.pixels[0].size, int(missing), _pixel_size_m(image))


def _pixel_size_m(image: LoadedImage) -> float:
    place = image.georeference
    if place is None or place.crs is None or place.transform is None:
        return math.nan
    edges_m = ground_edges_m(place.crs.to_wkt(), tuple(place.transform[:6]), image.pixels.shape[-2:])
    return math.nan if edges_m is None else math.sqrt(edges_m[0] * edges_m[1])


def _reason(error: Exception) -> str:
    """What an error says, in a line: of SimpleITK's lines the last, since the first tells where it was built."""
    lines = str(error).strip().splitlines()
    return _ITK_PREFIX.sub("", lines[-1], count=1) if lines else type(error).__name__
