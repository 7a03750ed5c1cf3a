"""Reading tokens one by one: words and signs, numbers, units, durations, names; and the refusal of what does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from scheduler.language.syntax import Duration, Unit
from scheduler.language.tokens import KEYWORDS, Token
from scheduler.reading.problems import NotUnderstood, did_you_mean

T = TypeVar("T")

MAX_NESTING = 20
MAX_NUMBER = 99_999  # 273 years of days: whatever is larger is a slip of the finger

_UNITS = {
    "minutes": Unit.MINUTE,
    "minute": Unit.MINUTE,
    "min": Unit.MINUTE,
    "hours": Unit.HOUR,
    "hour": Unit.HOUR,
    "h": Unit.HOUR,
    "days": Unit.DAY,
    "day": Unit.DAY,
    "weeks": Unit.WEEK,
    "week": Unit.WEEK,
    "months": Unit.MONTH,
    "month": Unit.MONTH,
    "years": Unit.YEAR,
    "year": Unit.YEAR,
}


class Stream:
    """A place in the tokens, and what is read one token or two at a time."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self.position = 0
        self._nesting = 0

    # -- tokens

    @property
    def token(self) -> Token:
        return self._tokens[self.position]

    def ahead(self) -> Token:
        """The token after the next; the last one is the end."""
        return self._tokens[min(self.position + 1, len(self._tokens) - 1)]

    def before(self) -> Token:
        """The token that was taken last."""
        return self._tokens[self.position - 1]

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether these words or signs come next."""
        ahead = self._tokens[self.position : self.position + len(words)]
        return [token.text for token in ahead] == list(words)

    def takes(self, *words: str) -> bool:
        """Take these words or signs if they come next."""
        if self.sees(*words):
            self.position += len(words)
            return True
        return False

    def needs(self, word: str, why: str) -> None:
        if not self.takes(word):
            raise self.unexpected(f'"{word}" {why}')

    def unexpected(self, wanted: str) -> NotUnderstood:
        return NotUnderstood(f"{self.token} stands where {wanted} was expected", self.token.offset)

    def finish(self) -> None:
        if self.token.kind == "end":
            return
        before = self.before()
        if before.kind == "word" and self.token.text in _UNITS and (glued := re.search(r"-(?=\d+$)", before.text)):
            raise NotUnderstood("a minus has a space on both sides, here it is part of a name", before.offset + glued.start())
        raise self.unexpected("the end")

    def nested(self, rule: Callable[[], T]) -> T:
        """What stands inside "(" and ")"."""
        if self._nesting == MAX_NESTING:
            raise NotUnderstood(f"more than {MAX_NESTING} brackets inside one another", self.token.offset)
        self._nesting += 1
        self.needs("(", "before what is chosen from or grouped")
        result = rule()
        self.needs(")", "to close the bracket")
        self._nesting -= 1
        return result

    # -- numbers, durations, names

    def number(self) -> Decimal:
        if self.token.kind != "number":
            raise self.unexpected("a number")
        if len(self.token.text) > 12 or Decimal(self.token.text) > MAX_NUMBER:
            raise NotUnderstood(f"{self.token} is more than {MAX_NUMBER:,}", self.token.offset)
        return Decimal(self.advance().text)

    def integer(self) -> int:
        """A whole number, with its sign."""
        sign = -1 if self.takes("-") else 1
        if "." in self.token.text:
            raise NotUnderstood(f"{self.token} is no whole number", self.token.offset)
        return sign * int(self.number())

    def unit(self) -> tuple[Unit, str]:
        start = self.token
        if self.takes("working"):
            if not self.sees("day") and not self.sees("days"):
                raise self.unexpected('"days" after "working"')
            return Unit.WORKING_DAY, f"working {self.advance().text}"
        if start.text not in _UNITS:
            known = "days, weeks, months, years, hours, minutes, working days"
            guess = did_you_mean(start.text, _UNITS) if start.kind == "word" else ""
            raise NotUnderstood(
                f"{start} stands where a unit was expected ({known}){guess if 'mean' in guess else ''}", start.offset
            )
        return _UNITS[self.advance().text], start.text

    def duration(self) -> Duration:
        start = self.token
        amount = self.number()
        unit, word = self.unit()
        self.check_whole(amount, unit, start)
        return Duration(amount, unit, word)

    def check_whole(self, amount: Decimal, unit: Unit, token: Token) -> None:
        if amount != int(amount) and not unit.splits:
            raise NotUnderstood(f"{amount} {unit.value}: only hours and minutes can be split", token.offset)

    def name(self, what: str) -> Token:
        token = self.token
        if token.kind != "word" or token.text in KEYWORDS:
            raise self.unexpected(what)
        return self.advance()
