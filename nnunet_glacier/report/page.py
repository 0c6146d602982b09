"""One self-contained page: pictures inside as data, every text of the user's escaped, no script, no network."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from PIL import Image

from nnunet_glacier.report.drawing import PNG_DPI, Picture
from nnunet_glacier.report.page_template import PAGE
from nnunet_glacier.report.tables import Table

LARGEST_PAGE_BYTES = 18_000_000
"""Pictures beyond this are left to their files."""

_PHOTO_SCALE = 0.75
"""A photo on the page has so many pixels for one of its PNG."""

_JPEG_QUALITY = 82

_PX_PER_INCH = 125
"""Of a figure on the page, whose letters of 7.5 points are then 13 pixels high."""


@dataclass(frozen=True)
class Facts:
    """Named values below a heading."""

    title: str
    entries: Sequence[tuple[str, str]]


@dataclass
class Section:
    """A part of the page.

    Attributes:
        anchor: Name that links lead to.
        title: Heading.
        intro: What is shown and how to read it.
        pictures: Figures, in order.
        tables: Tables, below the figures.
        facts: Named values, above both.
        gallery: Whether the figures stand beside each other.
    """

    anchor: str
    title: str
    intro: str = ""
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    gallery: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.pictures or self.tables or self.facts)


def page_html(
    title: str,
    summary: str,
    sections: Sequence[Section],
    notes: Sequence[str],
    footer: str,
    root: Path,
    largest_bytes: int = LARGEST_PAGE_BYTES,
) -> str:
    """The page.

    Args:
        title: Its title.
        summary: A sentence or two below it.
        sections: Its parts; empty ones are left out.
        notes: What could not be shown.
        footer: The last line.
        root: The folder in which the page will lie; links are relative to it.
        largest_bytes: Pictures are inside up to this size in sum.
    """
    left = largest_bytes
    parts: list[dict[str, Any]] = []
    for section in sections:
        if section.is_empty:
            continue
        figures = []
        for picture in section.pictures:
            source = data_uri(picture)
            source = source if len(source) <= left else ""
            left -= len(source)
            links = {"svg": _link(picture.svg, root), "png": _link(picture.png, root)}
            figures.append({"source": source, "caption": picture.caption, "width": width_px(picture), **links})
        tables = [_table_part(table) for table in section.tables]
        names = ("anchor", "title", "intro", "facts", "gallery")
        parts.append({"figures": figures, "tables": tables, **{name: getattr(section, name) for name in names}})
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=False)
    return environment.from_string(PAGE).render(
        title=title, summary=summary, sections=parts, notes=list(notes), footer=footer
    )


def width_px(picture: Picture) -> int:
    """Width on the page in CSS pixels: the same for figures of the same size in print, so that letters match."""
    with Image.open(picture.png) as image:
        inches = image.width / image.info.get("dpi", (PNG_DPI,))[0]
    return round(_PX_PER_INCH * inches)


def _link(path: Path, root: Path) -> str:
    return quote(path.relative_to(root).as_posix())


def _table_part(table: Table) -> dict[str, Any]:
    # pandas escapes what stands in the cells and headings.
    html = Markup(table.shown.to_html(index=False, border=0, escape=True))
    return {"caption": table.caption, "csv": quote(f"tables/{table.name}.csv"), "html": html, "rows": len(table.shown)}


def data_uri(picture: Picture) -> str:
    """A picture as the source of an image element: its SVG, or a photo as JPEG, which is a tenth of its size."""
    if not picture.photo:
        return f"data:image/svg+xml;base64,{base64.b64encode(picture.svg.read_bytes()).decode()}"
    with Image.open(picture.png) as image:
        size = (round(image.width * _PHOTO_SCALE), round(image.height * _PHOTO_SCALE))
        small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    # No chroma subsampling: thin coloured lines would fade.
    small.save(buffer, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
