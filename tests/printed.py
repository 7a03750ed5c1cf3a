"""Reads a PDF as a reader, a printer and a checker do: its text, where each character stands and how large, its fonts, its tags."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pdfplumber
import pikepdf

MM = 72 / 25.4
POINTS = {"A4": (595, 842), "Letter": (612, 792)}


@dataclass(frozen=True)
class Printed:
    """A PDF."""

    data: bytes

    @cached_property
    def pages(self) -> list[Any]:
        return list(pdfplumber.open(io.BytesIO(self.data)).pages)

    @cached_property
    def text(self) -> str:
        """All characters in their order, without spaces, which Chinese and Latin next to one another have, or not."""
        return squeezed("".join(char["text"] for page in self.pages for char in page.chars))

    @property
    def sizes(self) -> tuple[int, int]:
        """The width and height of the paper, in points."""
        return round(self.pages[0].width), round(self.pages[0].height)

    def text_smaller_than(self, floor: float) -> set[str]:
        return {char["text"] for page in self.pages for char in page.chars if char["size"] < floor - 0.01}

    @property
    def body_sizes(self) -> set[float]:
        """The sizes of the text between head and foot."""
        return {
            round(char["size"], 2)
            for page in self.pages
            for char in page.chars
            if foot_top(page) > char["bottom"] and char["top"] > 13 * MM - 1
        }

    def outside(self, margin: float) -> list[str]:
        """What stands, or is drawn, less than `margin` points from an edge."""
        return [
            str(thing.get("text", thing["object_type"]))
            for page in self.pages
            for thing in (*page.chars, *page.rects, *page.lines, *page.curves)
            if thing["x0"] < margin
            or thing["top"] < margin
            or thing["x1"] > page.width - margin
            or thing["bottom"] > page.height - margin
        ]

    @property
    def colours(self) -> set[Any]:
        """Every colour of text and lines, and of what is filled."""
        found = set()
        for page in self.pages:
            for thing in (*page.chars, *page.rects, *page.lines, *page.curves):
                found |= {thing["non_stroking_color"]} if thing.get("fill", True) else set()
                found |= {thing["stroking_color"]} if thing.get("stroke") else set()
        return {colour if isinstance(colour, tuple) else (colour,) for colour in found}

    def lines_of(self, pattern: str) -> list[int]:
        """Over how many lines each text goes that a pattern finds, which has no spaces."""
        chars = [char for page in self.pages for char in page.chars if char["text"].strip()]
        text = "".join(unicodedata.normalize("NFKC", char["text"])[:1] for char in chars)
        return [len({round(char["matrix"][5]) for char in chars[slice(*found.span())]}) for found in re.finditer(pattern, text)]

    @cached_property
    def fonts(self) -> dict[str, bool]:
        """Every font by its name, and whether its file is in the document."""
        found = {}
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            for page in pdf.pages:
                for font in page.resources.get("/Font", {}).values():
                    [inner] = font.DescendantFonts
                    names = inner.FontDescriptor
                    found[str(names.FontName)] = any(key in names for key in ("/FontFile", "/FontFile2", "/FontFile3"))
        return found

    def facts(self) -> dict[str, str]:
        """What the document says of itself: title, language, whether it is tagged, and by which standard."""
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            with pdf.open_metadata() as metadata:
                title, part = metadata.get("dc:title"), metadata.get("pdfuaid:part")
            return {
                "title": str(title),
                "language": str(pdf.Root.Lang),
                "tagged": str(bool(pdf.Root.MarkInfo.Marked)),
                "ua": str(part),
            }


def foot_top(page: Any) -> float:
    """Where the foot begins: at the lowest line that goes over the whole width."""
    tops = [thing["top"] for thing in (*page.lines, *page.rects) if thing["x1"] - thing["x0"] > page.width * 0.8]
    return float(max(tops))


def squeezed(text: str) -> str:
    """Without spaces, also those of no width where a long word may break, in one of the forms a character can have."""
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", text))
