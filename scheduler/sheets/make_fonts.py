"""Makes the fonts of the documents, templates/fonts: run by hand when they are to hold more, and the result is committed.

    npm pack @expo-google-fonts/noto-sans@0.4.2 @expo-google-fonts/noto-sans-sc@0.4.3
    apt-get download unicode-data && dpkg-deb -x unicode-data_*.deb .
    python -m scheduler.sheets.make_fonts *.tgz usr/share/unicode/Unihan_OtherMappings.txt.bz2

The families have names of their own, so that no font of these characters that a machine happens to have is taken for them, and because
the names they come with are trademarks. Copyright and licence stay in each file, and the licence's text lies beside them. The same sources
give the same bytes, with the same fonttools. It needs the development dependencies.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scheduler.resources import templates_dir

LICENCE, SUMS = "OFL.txt", "SHA256SUMS"
_WEIGHTS = {"Regular": "400Regular", "Bold": "700Bold"}
_STRANGE = "the archives to make fonts of are those named in this program's text: {} is another"
_KEPT_NAMES = (0, 13, 14)  # copyright, licence, where the licence is


class _Source(NamedTuple):
    """Where a family comes from: its name there, the archive that holds it, and the SHA-256 of that archive."""

    family: str
    stem: str
    archive: str
    digest: str


_LATIN = _Source(
    "Visit Sans",
    "NotoSans",
    "expo-google-fonts-noto-sans-0.4.2.tgz",
    "98cf14a19b8e67a0e76bfd4d5df98937b9734e6dde570bd750f2259042042548",
)
_HAN = _Source(
    "Visit Sans SC",
    "NotoSansSC",
    "expo-google-fonts-noto-sans-sc-0.4.3.tgz",
    "0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59",
)

_LATIN_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x024F),  # Latin of Europe and of pinyin
    (0x02B0, 0x02FF),
    (0x0300, 0x036F),  # accents
    (0x0370, 0x03FF),  # Greek
    (0x0400, 0x045F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Latin of Vietnam
    (0x2000, 0x206F),  # punctuation and spaces
    (0x2070, 0x209F),  # raised and lowered
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),
    (0x2150, 0x218F),
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2500, 0x25FF),  # shapes
)
_HAN_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x00FF),
    (0x2000, 0x206F),
    (0x2100, 0x218F),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2460, 0x24FF),  # numbers in circles
    (0x2500, 0x25FF),
    (0x3000, 0x303F),  # punctuation
    (0x3200, 0x33FF),  # units in one character
    (0xFF00, 0xFFEF),  # full-width forms
)


def make_fonts(archives: list[Path], mappings: Path, to: Path) -> list[str]:
    """Write both families in both weights, their licence and their checksums; returns the names of the files."""
    by_name = {path.name: path.read_bytes() for path in archives}
    wanted = {_LATIN: set(_in_ranges(_LATIN_RANGES)), _HAN: {*_in_ranges(_HAN_RANGES), *gb_2312(), *_standard(mappings)}}
    files: dict[str, bytes] = {}
    licences = []
    for source, characters in wanted.items():
        archive = _archive(by_name.get(source.archive, b""), source)
        licences.append(archive["LICENSE_FONT"].decode())
        for weight, folder in _WEIGHTS.items():
            name = f"{source.family.replace(' ', '')}-{weight}.ttf"
            files[name] = _subset(archive[f"{folder}/{source.stem}_{folder}.ttf"], characters, source.family, weight)
    files[LICENCE] = _licence(licences).encode()
    files[SUMS] = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()
    to.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (to / name).write_bytes(data)
    return list(files)


def _archive(data: bytes, source: _Source) -> dict[str, bytes]:
    """The files of an npm package that is the one expected."""
    if hashlib.sha256(data).hexdigest() != source.digest:
        sys.exit(_STRANGE.format(source.archive))
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.name.endswith((".ttf", "LICENSE_FONT")) and (file := archive.extractfile(member)) is not None:
                found[member.name.removeprefix("package/")] = file.read()
    return found


def _in_ranges(ranges: tuple[tuple[int, int], ...]) -> Iterator[int]:
    for first, last in ranges:
        yield from range(first, last + 1)


def gb_2312() -> Iterator[int]:
    """Every character of GB 2312, the set of 1980 that all Chinese software has."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            yield from map(ord, bytes((row, cell)).decode("gb2312", "ignore"))


def _standard(mappings: Path) -> Iterator[int]:
    """The 8,105 characters of China's table of general standard characters (2013), which names may be written with."""
    for line in bz2.decompress(mappings.read_bytes()).decode().splitlines():
        if "\tkTGH\t" in line and not line.startswith("#"):
            yield int(line.partition("\t")[0].removeprefix("U+"), 16)


def _subset(data: bytes, characters: set[int], family: str, weight: str) -> bytes:
    """A font of the characters it has, under our name."""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.hinting = False  # it is for old screens, and paper has dots enough
    options.name_IDs = list(_KEPT_NAMES)
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["STAT", "vhea", "vmtx", "gasp"]  # of variable fonts, vertical text and small screens
    options.layout_features = [feature for feature in options.layout_features if not feature.startswith(("v", "rand"))]
    font = TTFont(io.BytesIO(data), recalcTimestamp=False)
    worker = subset.Subsetter(options)
    worker.populate(unicodes=characters & set(font.getBestCmap()))
    worker.subset(font)
    _rename(font, family, weight)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _rename(font: Any, family: str, weight: str) -> None:
    """What the font is called, in the one form every system reads."""
    compact = family.replace(" ", "") + f"-{weight}"
    names = {1: family, 2: weight, 3: f"{compact};trial-scheduler", 4: f"{family} {weight}", 5: "Version 1.000", 6: compact}
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)


def _licence(texts: list[str]) -> str:
    """One licence with the copyright lines of all: they differ in nothing else."""
    heads, bodies = zip(*(text.replace("\r\n", "\n").split("\n", 1) for text in texts), strict=True)
    notes = "\nThe fonts in this folder are subsets of these, under names of their own, and under the same licence.\n"
    return "".join([*(f"{head.strip()}\n" for head in heads), notes, bodies[0]])


def main() -> None:
    """Make the fonts of the archives and the table named on the command line."""
    *archives, mappings = map(Path, sys.argv[1:])
    make_fonts(archives, mappings, templates_dir() / "fonts")


if __name__ == "__main__":
    main()
