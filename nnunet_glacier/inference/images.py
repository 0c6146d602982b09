"""Images as a model takes them: its own files by its own nnU-Net reader, GeoTIFFs by rasterio, checked first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnunet_glacier.errors import GlacierError, Problem
from nnunet_glacier.inference.cases import Case, ending_of
from nnunet_glacier.inference.georeference import Georeference, read_georeference, read_tiff
from nnunet_glacier.inference.model import Model
from nnunet_glacier.inference.predictor import quiet
from nnunet_glacier.wording import counted

TIFF_ENDINGS = (".tif", ".tiff")
_PIXEL_READER = "NaturalImage2DIO"
_PIXEL_ENDINGS = (".png", ".bmp")
_PIXEL_SPACING = (999, 1, 1)
_PER_IMAGE_NORMALISATIONS = ("ZScoreNormalization", "RescaleTo01Normalization")


@dataclass(frozen=True)
class ImageFormat:
    """Which images a model takes.

    Attributes:
        ending: Ending of the images it was trained on.
        reader: nnU-Net's reader class that read them.
        n_channels: Number of input channels.
        normalisations: nnU-Net's normalisation of each channel.
    """

    ending: str
    reader: type
    n_channels: int
    normalisations: tuple[str, ...]

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
    """Which images a trained model takes."""
    from nnunetv2.utilities.plans_handling.plans_handler import PlansManager

    with quiet():
        plans = PlansManager(model.plans)
        normalisations = tuple(plans.get_configuration(model.configuration).normalization_schemes)
        reader = plans.image_reader_writer_class
    return ImageFormat(model.file_ending, reader, model.n_channels, normalisations)


@dataclass(frozen=True)
class LoadedImage:
    """A case's pixels.

    Attributes:
        pixels: float32, ``(channels, 1, H, W)``.
        properties: What nnU-Net's reader noted: the spacing, and what its writer needs.
        georeference: For TIFFs, where they lie.
        dtype: The pixels' type in the file, for GeoTIFFs read by rasterio; else "".
    """

    pixels: np.ndarray
    properties: dict[str, Any]
    georeference: Georeference | None = None
    dtype: str = ""


def load_case(case: Case, image_format: ImageFormat) -> LoadedImage:
    """Read a case.

    The model's own kind of file is read by the model's own reader; a TIFF for a model that was trained on something
    else by rasterio, with its pixel size taken from its affine where the model works at a pixel size.

    Raises:
        GlacierError: If the image does not suit the model. A damaged file raises what its reader raises.
    """
    endings = {ending_of(path, image_format.endings).lower() for path in case.files}
    if len(endings) > 1:
        raise GlacierError(f"its channels are files of different kinds: {', '.join(sorted(endings))}")
    is_tiff = endings <= set(TIFF_ENDINGS)
    if endings == {image_format.ending.lower()} or not is_tiff:
        pixels, properties = image_format.reader().read_images([str(path) for path in case.files])
        image = LoadedImage(pixels, properties, read_georeference(case.files[0]) if is_tiff else None)
    else:
        image = _load_tiffs(case.files, image_format)
    _check_shape(image.pixels, image_format)
    return image


def _load_tiffs(paths: Sequence[Path], image_format: ImageFormat) -> LoadedImage:
    channels, places = zip(*(read_tiff(path) for path in paths), strict=True)
    shapes = sorted({channel.shape[1:] for channel in channels})
    if len(shapes) > 1:
        raise GlacierError(f"its channels differ in size: {shapes}")
    if any((place.crs, place.transform) != (places[0].crs, places[0].transform) for place in places):
        raise GlacierError("its channels lie in different places: CRS or affine differ")
    dtype = channels[0].dtype
    if dtype != np.uint8 and not image_format.per_image:
        raise GlacierError(
            f"its pixels are {dtype}, but the model normalises by {', '.join(image_format.normalisations)}, which "
            "needs the 8-bit values it was trained on"
        )
    spacing: Sequence[float] = _PIXEL_SPACING
    if not image_format.in_pixels:
        height_m, width_m = places[0].pixel_size_m()
        spacing = (max(height_m, width_m) * 999, height_m, width_m)
    pixels = np.concatenate(channels)[:, None].astype(np.float32)
    return LoadedImage(pixels, {"spacing": spacing}, places[0], dtype.name)


def _check_shape(pixels: np.ndarray, image_format: ImageFormat) -> None:
    if pixels.shape[1] != 1:
        raise GlacierError(f"it is a volume of {counted(pixels.shape[1], 'layer')}, and predict takes single images")
    if pixels.shape[0] != image_format.n_channels:
        raise GlacierError(f"it has {counted(pixels.shape[0], 'channel')}, the model takes {image_format.n_channels}")


def check_case(case: Case, image_format: ImageFormat) -> tuple[Problem | None, str]:
    """Decode a case to see whether it can be predicted.

    Returns:
        What is wrong with it, or None; and the pixels' type as `LoadedImage.dtype`.
    """
    where = ", ".join(map(str, case.files))
    remedy = f"The model was trained on {image_format.n_channels}-channel {image_format.ending} images; give such"
    try:
        image = load_case(case, image_format)
    except GlacierError as error:
        return Problem(where, str(error), remedy), ""
    except Exception as error:  # readers raise whatever their libraries raise, and every image is to be looked at
        what = f"it cannot be read ({type(error).__name__}: {str(error).strip() or 'no reason given'})"
        return Problem(where, what, "Replace it by an intact copy, or leave it out"), ""
    if not np.isfinite(image.pixels).all():
        return Problem(where, "it has pixels that are no numbers", "Give them a value, or a nodata value"), ""
    return None, image.dtype
