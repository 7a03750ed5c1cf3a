"""Content lines: text that stays on its line, and lines of at most 75 octets (RFC 5545 3.1 and 3.3.11)."""

from __future__ import annotations

import re
from functools import lru_cache

_LINE_OCTETS = 75  # RFC 5545 3.1, without the line break
_ESCAPES = {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": "\\n", "\r\n": "\\n"}
# What is no text, or what some reader takes for the end of a line: the controls but tab and line feed (RFC 5545 3.1), the line and
# paragraph separators, the byte order mark, surrogates, and the code points that Unicode keeps free of characters (23.7).
_NOT_TEXT = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_SPECIAL = re.compile(rf"\r\n?|[\\;,\n{_NOT_TEXT}]")


def escape(text: str) -> str:
    """TEXT of RFC 5545 3.3.11: one line, in which `\\n` stands for a line break.

    CRLF and a lone CR are line breaks, a tab stays a tab. What is no text, or what a reader could take for the end of the line, is
    left out: C0 and C1 controls, U+2028, U+2029, U+FEFF, surrogates and non-characters.
    """
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], ""), text)


def fold(line: str) -> bytes:
    """A content line with its CRLF, folded so that no line has over 75 octets (RFC 5545 3.1).

    Never inside a character, which readers that decode before they unfold would lose, and never inside an escape.
    """
    data = line.encode("utf-8")
    if len(data) <= _LINE_OCTETS:
        return data + b"\r\n"
    lines = []
    start = 0
    room = _LINE_OCTETS
    while len(data) - start > room:
        end = start + room
        while data[end] & 0xC0 == 0x80:  # the next line would start inside a character
            end -= 1
        if _opens_escape(data, start, end):
            end -= 1
        lines.append(data[start:end])
        start = end
        room = _LINE_OCTETS - 1  # the space that starts a folded line counts
    lines.append(data[start:])
    return b"\r\n ".join(lines) + b"\r\n"


@lru_cache(maxsize=4096)  # the events of a study say few different things
def text_line(name: str, text: str) -> bytes:
    """The property `name` with a TEXT as its value, escaped and folded."""
    return fold(f"{name}:{escape(text)}")


def _opens_escape(data: bytes, start: int, end: int) -> bool:
    """Whether the last octet before `end` is a backslash that escapes the octet after it."""
    backslashes = 0
    while end - backslashes > start and data[end - backslashes - 1] == 0x5C:
        backslashes += 1
    return backslashes % 2 == 1
