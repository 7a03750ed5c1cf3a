"""Text to tokens. Names are one word and may hold dots and hyphens, so a minus that means minus has spaces around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.reading.problems import NotUnderstood

MAX_LENGTH = 2_000

KEYWORDS = frozenset(
    "given each then every until or times else earlier later of and first last previous next none exact from to within before "
    "after at least not never with if late is more than onwards Day Week Month Year Days Weeks Months Years "
    "minute minutes min hour hours h day days working week weeks month months year years".split()
)

_WIDE = {"、": "/", "，": "/", "：": ":", "（": "(", "）": ")", "＋": "+", "－": "-", "～": "..", "／": "/"}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<word>[^\W\d_]\w*(?:[.\-]\w+)*)
      | (?P<sign>\.\.|±|\+-|<=|>=|[-+/()<>])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word or a sign, and where it starts."""

    kind: str
    text: str
    offset: int

    def __str__(self) -> str:
        return f'"{self.text}"' if self.text else "the end"


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression, closed by one of kind "end". Raises NotUnderstood."""
    if len(text) > MAX_LENGTH:
        raise NotUnderstood(f"longer than {MAX_LENGTH} characters")
    tokens = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotUnderstood(_stranger(text[position]), position)
        if match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    tokens.append(Token("end", "", len(text)))
    return tokens


def _stranger(character: str) -> str:
    if character in _WIDE:
        return f'"{character}" is a full-width character; "{_WIDE[character]}" is meant here, perhaps'
    if character in "–—−":
        return f'"{character}" is a dash; a minus is typed "-", with spaces around it'
    if character == ".":
        return 'a single "." does not belong here; a window is written "-2 .. +2 days"'
    return f'"{character}" (U+{ord(character):04X}) has no meaning here'
