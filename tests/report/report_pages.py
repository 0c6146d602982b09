"""What a page of the report says, read back."""

import html
import re


def page_of(out):
    return (out / "report.html").read_text(encoding="utf-8")


def rows_of(page, first_cell):
    """The cells of every table row of the page that begins with a text."""
    rows = [
        [html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    ]
    return [row for row in rows if row and row[0] == first_cell]
