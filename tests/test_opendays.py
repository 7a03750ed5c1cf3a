"""Which days a site is open: China's announced years as literals, and what a site says of itself."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from conftest import protocol_of

from scheduler.facts.records import Participant, Recorded, Site, Status
from scheduler.facts.sites import read_sites
from scheduler.language.worth import Basis
from scheduler.opendays.calendar import Cause, OpenDays
from scheduler.protocol.records import Mode
from scheduler.reading.problems import Problems, ProblemsError, SchedulerError
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Certainty
from scheduler.views.why import why_visit
from scheduler.views.words import words

ON = date.fromisoformat


def site(calendar: str = "", country: str = "CN") -> Site:
    text = f"S: {{name: S, time_zone: Asia/Shanghai, language: en, country: {country}, calendar: {{{calendar}}}}}"
    problems = Problems()
    found = read_sites(text.encode(), "sites.yaml", problems)
    problems.raise_if_any()
    return found["S"]


def days(text: str) -> set[date]:
    """Days written as 2026-02-15..02-23 2026-10-01..10-07."""
    found: set[date] = set()
    for part in text.split():
        first, _, last = part.partition("..")
        start = ON(first)
        end = ON(f"{first[:5]}{last}") if last else start
        found.update(start + timedelta(number) for number in range((end - start).days + 1))
    return found


# the notices of the State Council of 25 October 2023, 12 November 2024 and 4 November 2025
CLOSED = {
    2024: "2024-01-01 2024-02-10..02-17 2024-04-04..04-06 2024-05-01..05-05 2024-06-10 2024-09-15..09-17 2024-10-01..10-07",
    2025: "2025-01-01 2025-01-28..02-04 2025-04-04..04-06 2025-05-01..05-05 2025-05-31..06-02 2025-10-01..10-08",
    2026: "2026-01-01..01-03 2026-02-15..02-23 2026-04-04..04-06 2026-05-01..05-05 2026-06-19..06-21 2026-09-25..09-27 "
    "2026-10-01..10-07",
}
MADE_UP = {
    2024: "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12",
    2025: "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    2026: "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
}


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_in_china_is_open_or_closed_as_it_was_announced(year: int) -> None:
    calendar = OpenDays(site())
    closed, made_up = days(CLOSED[year]), days(MADE_UP[year])
    for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days):
        day = date(year, 1, 1) + timedelta(number)
        expected = day in made_up or (day.weekday() < 5 and day not in closed)
        assert calendar.on(day).is_open is expected, day
        assert chinese_calendar.is_workday(day) is expected, day  # another source says the same
        assert not calendar.on(day).provisional


def test_every_answer_says_why_and_from_where() -> None:
    calendar = OpenDays(site())
    source = calendar.public.source
    assert source.startswith("holidays 0.")
    assert source.endswith(", CN")
    assert [(reason.cause, reason.text, reason.source) for reason in calendar.on(ON("2026-02-17")).reasons] == [
        (Cause.HOLIDAY, "Chinese New Year (Spring Festival)", source)
    ]
    assert [reason.cause for reason in calendar.on(ON("2026-02-14")).reasons] == [Cause.MADE_UP]
    assert [reason.cause for reason in calendar.on(ON("2026-03-07")).reasons] == [Cause.WEEKEND]
    assert calendar.announced is not None
    assert "4 November 2025" in calendar.announced.source.said_in("en")
    assert "2025年11月4日" in calendar.announced.source.said_in("zh")


class Injected:
    """A public calendar of a year nobody has announced."""

    source = "injected"

    def holiday(self, day: date) -> str:
        return "Spring Festival" if ON("2031-01-22") <= day <= ON("2031-01-28") else ""

    def stretch(self, day: date) -> str:
        return ""

    def is_made_up(self, day: date) -> bool:
        return False


def test_what_is_not_announced_is_provisional() -> None:
    calendar = OpenDays(site("announced_until: 2030-12-31"), Injected())
    assert calendar.on(ON("2031-01-23")) == (False, ((Cause.HOLIDAY, "Spring Festival", "injected"),), True)
    assert calendar.on(ON("2031-01-31")).provisional
    assert not calendar.on(ON("2030-12-31")).provisional
    assert not OpenDays(site("announced_until: 2031-12-31"), Injected()).on(ON("2031-01-31")).provisional
    unknown = OpenDays(site(country="KR"), Injected())
    assert unknown.announced is None
    assert unknown.on(ON("2026-03-02")).provisional  # nobody has said until when that country's calendar is settled


def test_a_site_without_public_holidays_has_nothing_to_be_announced() -> None:
    calendar = OpenDays(site("public_holidays: no, weekend: Fri Sat"))
    assert [calendar.on(ON(day)).is_open for day in ("2026-02-17", "2026-02-19", "2026-02-20", "2026-02-21", "2026-02-22")] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert not calendar.on(ON("2090-02-17")).provisional


def test_where_saturday_is_worked_the_announced_stretch_of_a_holiday_is_closed_whole() -> None:
    """The notices of the State Council for 2024, 2025 and 2026: the Saturdays within their stretches."""
    calendar = OpenDays(site("weekend: Sun"))
    year = [date(2024, 1, 1) + timedelta(number) for number in range(366 + 365 + 365)]
    closed = [str(day) for day in year if day.weekday() == 5 and not calendar.on(day).is_open]
    assert closed == [
        *("2024-02-10", "2024-02-17", "2024-04-06", "2024-05-04", "2024-10-05"),
        *("2025-02-01", "2025-04-05", "2025-05-03", "2025-05-31", "2025-10-04"),
        *("2026-01-03", "2026-02-21", "2026-04-04", "2026-05-02", "2026-06-20", "2026-09-26", "2026-10-03"),
    ]
    assert calendar.on(ON("2026-02-21")).reasons[0].cause is Cause.HOLIDAY
    assert calendar.on(ON("2026-02-14")).is_open  # worked in the stead of Friday 20 February
    assert not OpenDays(site("weekend: Sat")).on(ON("2026-02-15")).is_open  # a Sunday, the first day of the stretch
    assert OpenDays(site("weekend: Sun", country="US")).on(ON("2026-07-04") - timedelta(7)).is_open
    assert OpenDays(site("weekend: Sun", country="DE")).on(ON("2026-04-04")).is_open  # between Good Friday and Easter


def test_what_the_site_says_comes_before_the_public_calendar() -> None:
    calendar = OpenDays(
        site(
            "closed: [{from: 2026-03-02, to: 2026-03-04, why: moving house}], open: [{from: 2026-02-18, why: on duty}, "
            "{from: 2026-03-04}], closed_every: [{rule: FREQ=MONTHLY;BYDAY=1WE, from: 2026-01-01, why: audit}]"
        )
    )
    said = {
        day: (calendar.on(ON(day)).is_open, calendar.on(ON(day)).reasons[0].text)
        for day in ("2026-03-02", "2026-03-04", "2026-02-18", "2026-04-01", "2026-04-08", "2027-01-06")
    }
    assert said == {
        "2026-03-02": (False, "moving house"),
        "2026-03-04": (False, "moving house"),  # a closure comes before an extra open day
        "2026-02-18": (True, "on duty"),
        "2026-04-01": (False, "audit"),
        "2026-04-08": (True, ""),
        "2027-01-06": (False, "audit"),
    }


def test_a_visit_needs_a_day_of_its_kind_and_its_investigator() -> None:
    calendar = OpenDays(
        site(
            "clinic_days: {clinic: Tue Thu}, leave: [{from: 2026-03-10, why: congress}], open: [{from: 2026-03-14, why: extra clinic}]"
        )
    )
    for day, mode, causes in (
        ("2026-03-03", Mode.CLINIC, []),
        ("2026-03-04", Mode.CLINIC, [Cause.NOT_HELD]),
        ("2026-03-04", Mode.TELEPHONE, []),
        ("2026-03-04", None, [Cause.NOT_HELD]),  # what says nothing of its kind is held in the clinic
        ("2026-03-10", Mode.TELEPHONE, [Cause.LEAVE]),
        ("2026-03-08", Mode.CLINIC, [Cause.WEEKEND, Cause.NOT_HELD]),
        ("2026-03-14", Mode.CLINIC, []),
    ):
        answer = calendar.for_visit(ON(day), mode)
        assert ([] if answer.is_open else [reason.cause for reason in answer.reasons]) == causes, day


# -- working days


def test_working_days_are_counted_over_holidays_and_days_worked_in_their_stead() -> None:
    calendar = OpenDays(site())
    assert calendar.count(ON("2026-02-13"), 1) == ON("2026-02-14")  # a Saturday, worked
    assert calendar.count(ON("2026-02-13"), 3) == ON("2026-02-25")
    assert calendar.count(ON("2026-02-25"), -3) == ON("2026-02-13")
    assert calendar.count(ON("2026-02-17"), 0) == ON("2026-02-17")
    assert OpenDays(site("public_holidays: no")).count(ON("2026-02-13"), 3) == ON("2026-02-18")


WORKING = "visits:\n  - {id: infusion, at: given}\n  - {id: call, at: infusion + 3 working days, window: 0 .. +2 working days}"


def test_working_days_in_a_protocol_are_those_of_the_site() -> None:
    person = Participant(id="P", recorded={"infusion": (Recorded(ON("2026-02-13"), Status.ACTUAL),)})
    waiting = expand(protocol_of(WORKING), person).visit("call")
    assert (waiting.target, [item.lack.value for item in waiting.waits]) == (None, ["working days"])
    visit = expand(protocol_of(WORKING), person, working=OpenDays(site())).visit("call")
    assert (visit.target, visit.earliest, visit.latest) == (ON("2026-02-25"), ON("2026-02-25"), ON("2026-02-27"))
    assert visit.certainty is Certainty.FIRM


def test_working_days_of_a_time_that_is_not_announced_are_tentative_and_say_so() -> None:
    protocol = protocol_of(WORKING)
    person = Participant(id="P", recorded={"infusion": (Recorded(ON("2026-12-30"), Status.ACTUAL),)})
    visit = expand(protocol, person, working=OpenDays(site())).visit("call")
    assert (visit.certainty, [ground.basis for ground in visit.why.target]) == (
        Certainty.TENTATIVE,
        [Basis.ACTUAL, Basis.PROVISIONAL],
    )
    assert "which days are working days by then is not announced yet" in why_visit(visit, protocol, words("en"))


def test_a_calendar_without_working_days_is_said() -> None:
    with pytest.raises(SchedulerError, match="site S: there are no 3 working days from 2026-03-02 on"):
        OpenDays(site("weekend: Mon-Sun, public_holidays: no")).count(ON("2026-03-02"), 3)


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ("weekend: Sunday", "weekdays were wanted, as in Tue Thu or Mon-Fri"),
        ("weekend: Fri-Mon", "the first weekday comes after the last"),
        ("closed: [{from: 2026-03-04, to: 2026-03-02}]", "the last day, 2026-03-02, comes before the first, 2026-03-04"),
        ("closed_every: [{rule: FREQ=HOURLY, from: 2026-01-01}]", "a recurrence of days was wanted"),
        (
            "closed_every: [{rule: FREQ=MONTHLY;BYDAY=9XX, from: 2026-01-01}]",
            "BYDAY=9XX: weekdays were wanted, as in MO,TH or 1MO",
        ),
        ("clinic_days: {clinik: Mon}", "clinic, ward, telephone, home, remote"),
        ("beds: many", "a number was wanted"),
        ("announced_until: soon", "a date is written year-month-day"),
        (
            "announced_until: 1900-01-01",
            r"the last day whose public holidays are settled was wanted \(2026-12-31\), not 1900-01-01",
        ),
    ],
)
def test_what_is_refused_in_a_calendar(calendar: str, message: str) -> None:
    with pytest.raises(ProblemsError, match=message):
        site(calendar)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("FREQ=MONTHLY;BYDAY=1WE,FR", "BYDAY=1WE,FR: numbered and plain weekdays are not read alike everywhere; write two rules"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0: a number from 1 to 9999"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1: a number from 1 to 9999"),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL=1.5: a number"),
        ("FREQ=MONTHLY;BYDAY=-1/9MO", "BYDAY=-1/9MO: weekdays were wanted"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO: a weekday comes at most 5 times"),
        ("FREQ=MONTHLY;BYDAY=-6MO", "BYDAY=-6MO: a weekday comes at most 5 times"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=9MO", "BYDAY=9MO: a weekday comes at most 5 times"),
        ("FREQ=YEARLY;BYDAY=54MO", "BYDAY=54MO: a weekday comes at most 53 times"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO: weekdays are numbered within a month or a year"),
        ("FREQ=DAILY;BYDAY=1MO", "BYDAY=1MO: weekdays are numbered within a month or a year"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO", "BYDAY=1MO: weekdays are numbered within a month or a year"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13: a number from 1 to 12"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1: a number from 1 to 12"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32: a number from 1 to 31 was wanted, or from -1 to -31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0: a number from 1 to 31"),
        ("FREQ=MONTHLY;BYMONTHDAY=+-3", r"BYMONTHDAY=\+-3: a number from 1 to 31"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY cannot stand with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=3", "BYYEARDAY cannot stand with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks among the days that another part gives"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0: a number from 1 to 9999"),
        ("FREQ=DAILY;COUNT=-3", "COUNT=-3: a number from 1 to 9999"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20260401", "COUNT and UNTIL cannot both say when it ends"),
        ("FREQ=DAILY;UNTIL=2026-04-01", "UNTIL=2026-04-01: the last day was wanted"),
        ("FREQ=DAILY;UNTIL=20260401T000000Z", "UNTIL=20260401T000000Z: the last day was wanted"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL=20260230: the last day was wanted"),
        ("FREQ=DAILY;UNTIL=20251231", "there is no such day from 2026-01-01 on"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "there is no such day from 2026-01-01 on"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ stands twice"),
        ("FREQ=DAILY;BYHOUR=9", '"BYHOUR=9" is no part of it'),
        ("FREQ=DAILY;BYEASTER=0", '"BYEASTER=0" is no part of it'),
        ("FREQ=DAILY;", '"" is no part of it'),
        ("FREQ=WEEKLY;WKST=MONDAY", "WKST=MONDAY: a weekday was wanted"),
    ],
)
def test_a_recurrence_that_is_none_is_refused_where_it_stands(rule: str, message: str) -> None:
    with pytest.raises(ProblemsError, match=message) as refused:
        site(f'closed_every: [{{rule: "{rule}", from: 2026-01-01}}]')
    assert [problem.place.line for problem in refused.value.problems] == [1]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=MONTHLY;BYDAY=1WE,-1FR;COUNT=3", ["01-07", "01-30", "02-04"]),
        ("freq=weekly;interval=26;byday=mo,th;wkst=mo", ["01-01", "06-29", "07-02", "12-28", "12-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20260331", ["01-31", "02-28", "03-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;UNTIL=20260228", ["01-30", "02-27"]),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=2TU", ["05-12"]),
    ],
)
def test_the_days_of_a_recurrence(rule: str, days: list[str]) -> None:
    calendar = OpenDays(site(f'closed_every: [{{rule: "{rule}", from: 2026-01-01, why: audit}}], public_holidays: no'))
    year = [date(2026, 1, 1) + timedelta(number) for number in range(365)]
    assert [f"{day:%m-%d}" for day in year if calendar.on(day).reasons[0].text == "audit"] == days


def test_a_country_or_region_nobody_knows_is_said_when_it_is_asked() -> None:
    with pytest.raises(SchedulerError, match='no public holidays are known of region "XX" of CN'):
        OpenDays(site("region: XX")).on(ON("2026-03-02"))
