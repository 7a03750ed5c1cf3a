"""The public holidays of a country, and the days worked in their stead, from the library `holidays`."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from scheduler.reading.problems import SchedulerError

if TYPE_CHECKING:
    from holidays import HolidayBase

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

    def is_made_up(self, day: date) -> bool:
        """Whether a day of the weekend is worked in the stead of another."""
        return self._days.get(day) is None and day in self._days.weekend_workdays


class NoDays:
    """A site of no country, or one that keeps no public holidays."""

    source = ""

    def holiday(self, day: date) -> str:
        """No day is one."""
        return ""

    def is_made_up(self, day: date) -> bool:
        """No day is."""
        return False
