"""The public holidays of a country, and the days worked in their stead, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from scheduler.reading.problems import SchedulerError

if TYPE_CHECKING:
    from holidays import HolidayBase

_STRETCHES = ("CN",)  # countries that announce holidays as stretches of days, the weekend among them
_SATURDAY = 5
_LANGUAGES = {"en": "en_US", "zh": "zh_CN"}


class PublicDays(Protocol):
    """What is public about a day; a test may bring its own."""

    @property
    def source(self) -> str:
        """Where the answers come from, with the version."""
        ...

    def holiday(self, day: date) -> str:
        """The name of the holiday a day is; nothing when it is none."""
        ...

    def stretch(self, day: date) -> str:
        """The name of the holidays in whose announced stretch a Saturday or Sunday lies that is none itself; nothing when it lies in none."""
        ...

    def is_made_up(self, day: date) -> bool:
        """Whether a day of the weekend is worked in the stead of another (调休)."""
        ...


class LibraryDays:
    """The answers of the library, in the site's language. It is loaded when it is first asked."""

    def __init__(self, country: str, region: str, language: str) -> None:
        self.country = country
        self.region = region
        self._language = _LANGUAGES.get(language.split("-")[0], "en_US")

    def in_language(self, language: str) -> LibraryDays:
        """The same days, named in another language."""
        return LibraryDays(self.country, self.region, language)

    def unknown(self) -> str:
        """What of it the library does not know: the country, its region, or nothing."""
        from holidays import country_holidays

        for what, region in (("country", None), ("region", self.region or None)):
            try:
                country_holidays(self.country, subdiv=region)
            except NotImplementedError:
                return what
        return ""

    @cached_property
    def _days(self) -> HolidayBase:
        from holidays import country_holidays

        try:
            return country_holidays(self.country, subdiv=self.region or None, language=self._language)
        except NotImplementedError as error:
            place = f'region "{self.region}" of {self.country}' if self.region else f'"{self.country}"'
            raise SchedulerError(
                f'no public holidays are known of {place}: mend it in sites.yaml (check says where), or say there "public_holidays: no"'
            ) from error

    @cached_property
    def source(self) -> str:
        """The library and its version."""
        from importlib.metadata import version

        place = f"{self.country}-{self.region}" if self.region else self.country
        return f"holidays {version('holidays')}, {place}"

    def holiday(self, day: date) -> str:
        """The name of the holiday a day is; nothing when it is none."""
        return self._days.get(day) or ""

    def stretch(self, day: date) -> str:
        """The name of the holidays in whose announced stretch a Saturday or Sunday lies that is none itself; nothing when it lies in none.

        A stretch goes from holiday to holiday, and over the weekend that follows; over the one before it, too, when it is of more
        than one day (a holiday on a Monday is announced alone).
        """
        if self.country not in _STRETCHES or day.weekday() < _SATURDAY or not self._is_off(day):
            return ""
        before = [name for near in self._off(day, -1) if (name := self.holiday(near))]
        after = [name for near in self._off(day, 1) if (name := self.holiday(near))]
        if before:
            return before[0]
        return after[0] if len(after) > 1 else ""

    def _off(self, day: date, step: int) -> Iterator[date]:
        """The days off around a day, without a gap, one way."""
        day += timedelta(step)
        while self._is_off(day):
            yield day
            day += timedelta(step)

    def _is_off(self, day: date) -> bool:
        return bool(self.holiday(day)) or (day.weekday() >= _SATURDAY and not self.is_made_up(day))

    def is_made_up(self, day: date) -> bool:
        """Whether a day of the weekend is worked in the stead of another."""
        return self._days.get(day) is None and day in self._days.weekend_workdays


class NoDays:
    """A site of no country, or one that keeps no public holidays."""

    source = ""

    def holiday(self, day: date) -> str:
        """No day is one."""
        return ""

    def stretch(self, day: date) -> str:
        """No day lies in one."""
        return ""

    def is_made_up(self, day: date) -> bool:
        """No day is."""
        return False
