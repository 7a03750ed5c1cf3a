"""Free text in tables that spreadsheets open: a text that begins like a formula gets an apostrophe before it.

`unguard(guard(text))` is the text, whatever it is: a text of apostrophes before such a beginning gets one more.
"""

from __future__ import annotations

import re

_FORMULA = re.compile("'*[=+@\t\r＝＋－＠-]")


def guard(text: str) -> str:
    """The text as it is written into a cell where it must not become a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that was guarded; a text that is no guarded one is left as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
