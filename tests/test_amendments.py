"""Several versions of a protocol: which one each visit follows, and what an amendment changes."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import EXAMPLE, booked, done, protocol_of, run
from hypothesis import given
from hypothesis import strategies as st

from scheduler.facts.records import Outcome, Participant, Recorded, Status, VisitRecord
from scheduler.planning.difference import Fate, differences
from scheduler.schedule.amended import Version, amended
from scheduler.schedule.records import Applies, Schedule
from scheduler.study.amendment import amendment
from scheduler.study.folder import load_study

FIRST = """
visits:
  - {id: infusion, at: given}
  - {id: D14, at: Day 14, window: ±2 days}
  - {id: D28, at: Day 28, window: ±3 days}
  - {id: M3, at: Month 3, window: ±14 days}
  - {id: M6, at: Month 6, window: ±14 days}
periods:
  - {id: near, kind: restriction, from: infusion, to: at least infusion + 28 days}
"""
SECOND = """
visits:
  - {id: infusion, at: given}
  - {id: D14, at: Day 14, window: ±2 days}
  - {id: D28, at: Day 30, window: ±3 days}
  - {id: M1, at: Day 45, window: ±3 days}
  - {id: M3, at: Month 3, window: ±7 days}
periods:
  - {id: near, kind: restriction, from: infusion, to: at least infusion + 14 days}
"""


def versions(since: str) -> list[Version]:
    return [Version("1.0", protocol_of(FIRST), date.min), Version("2.0", protocol_of(SECOND), date.fromisoformat(since))]


def made(since: str, visits: dict[str, VisitRecord] | None = None) -> Schedule:
    """For an infusion on Monday 2 March 2026, with version 2.0 in force since a day."""
    infusion = {"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)}
    return amended(versions(since), Participant(id="P", recorded=infusion, visits=visits or {}))


def under(schedule: Schedule) -> dict[str, str]:
    """Which version each visit follows: the schedule's own is 2.0."""
    return {visit.id: "1.0" if visit.under is not None else "2.0" for visit in schedule.visits}


def test_before_inside_and_after_each_window() -> None:
    """D28 by version 1.0: 27 March to 2 April 2026."""
    for since, expected, target in (
        ("2026-03-26", "2.0", "2026-04-01"),  # before it opens
        ("2026-03-27", "2.0", "2026-04-01"),
        ("2026-04-02", "2.0", "2026-04-01"),  # its last day: not closed yet
        ("2026-04-03", "1.0", "2026-03-30"),  # closed the day before
    ):
        visit = made(since).visit("D28")
        assert ("1.0" if visit.under else "2.0", str(visit.target)) == (expected, target)


def test_a_visit_that_took_place_keeps_the_version_in_force_on_its_day() -> None:
    for actual, expected in (("2026-03-31", "1.0"), ("2026-04-01", "2.0"), ("2026-04-02", "2.0")):
        schedule = made("2026-04-01", {"D28": done(actual)})
        assert under(schedule)["D28"] == expected
    assert under(made("2027-01-01", {"D28": done("2026-04-20")}))["D28"] == "1.0"  # late, and long before the amendment


def test_what_is_new_appears_unless_its_window_had_closed() -> None:
    """M1 by version 2.0: 13 to 19 April 2026."""
    assert "M1" in under(made("2026-04-19"))
    assert "M1" not in under(made("2026-04-20"))
    assert "M1" in under(made("2026-04-20", {"M1": done("2026-04-16")}))  # it took place all the same


def test_what_is_gone_stays_when_it_was_recorded_or_had_closed() -> None:
    """M6 by version 1.0: 19 August to 16 September 2026."""
    assert "M6" not in under(made("2026-09-16"))
    assert under(made("2026-09-17"))["M6"] == "1.0"
    assert under(made("2026-04-01", {"M6": done("2026-03-20")}))["M6"] == "1.0"
    recorded_later = made("2026-04-01", {"M6": done("2026-09-02")}).visit("M6")
    assert (recorded_later.applies, str(recorded_later.actual)) == (Applies.YES, "2026-09-02")  # nothing recorded is lost


def test_the_order_is_that_of_the_newest_version() -> None:
    assert list(under(made("2026-04-01", {"M6": done("2026-03-20")}))) == ["infusion", "D14", "D28", "M1", "M3", "M6"]
    assert [visit.id for visit in made("2026-04-10").visits] == ["infusion", "D14", "D28", "M1", "M3"]


def test_periods_follow_as_visits_do() -> None:
    assert str(made("2026-03-30").period("near").end) == "2026-03-16"
    assert str(made("2026-03-31").period("near").end) == "2026-03-30"


def test_three_versions_one_after_the_other() -> None:
    chain = [*versions("2026-04-01"), Version("3.0", protocol_of(FIRST), date(2026, 6, 1))]
    infusion = {"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)}
    schedule = amended(chain, Participant(id="P", recorded=infusion))
    names = {version.protocol: version.name for version in chain}
    assert {visit.id: names[schedule.protocol_of(visit)] for visit in schedule.visits} == {
        "infusion": "1.0",
        "D14": "1.0",
        "D28": "2.0",  # by the second until 4 April
        "M1": "2.0",  # which the third does not have
        "M3": "3.0",
        "M6": "3.0",
    }


@given(
    since=st.dates(date(2026, 2, 1), date(2026, 12, 31)),
    took=st.dictionaries(st.sampled_from(["D14", "D28", "M3"]), st.integers(-20, 20)),
)
def test_every_visit_follows_the_version_the_rule_says(since: date, took: dict[str, int]) -> None:
    """Worked out again, visit by visit, from the plain windows of the first version."""
    targets = {"D14": date(2026, 3, 16), "D28": date(2026, 3, 30), "M3": date(2026, 6, 2)}
    widths = {"D14": 2, "D28": 3, "M3": 14}
    actual = {name: targets[name] + timedelta(days) for name, days in took.items()}
    schedule = made(since.isoformat(), {name: done(day.isoformat()) for name, day in actual.items()})
    for name, target in targets.items():
        keeps = actual[name] < since if name in actual else target + timedelta(widths[name]) < since
        assert under(schedule)[name] == ("1.0" if keeps else "2.0"), name


def test_what_becomes_of_everything() -> None:
    before = amended(versions("2026-04-01")[:1], _person())
    after = amended(versions("2026-04-01"), _person())
    found = {
        each.item.id: (each.fate.value, each.booking.value if each.booking else "")
        for each in differences(before, after, date(2026, 4, 1))
    }
    assert found == {
        "infusion": ("kept", ""),
        "D14": ("kept", ""),
        "D28": ("moves", ""),
        "M1": ("appears", "new to book"),
        "M3": ("moves", "must move"),
        "M6": ("disappears", "falls away"),
        "near": ("kept", ""),
    }


def _person() -> Participant:
    return Participant(
        id="P",
        recorded={"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)},
        visits={"D14": done("2026-03-16"), "M3": booked("2026-06-15"), "M6": booked("2026-09-02")},
    )


def test_other_activities_on_the_same_days_are_a_change() -> None:
    one = protocol_of(FIRST + "activities:\n  labs: {at: [D28 .. M6]}\n  ECG: {at: [M3]}")
    two = protocol_of(FIRST + "activities:\n  labs: {at: [D28 .. M3]}\n  ECG: {at: [M3]}\n  MRI: {at: [M6]}")
    chain = [Version("1.0", one, date.min), Version("2.0", two, date(2026, 4, 10))]
    found = {
        each.item.id: each for each in differences(amended(chain[:1], _person()), amended(chain, _person()), date(2026, 4, 10))
    }
    assert {name: each.fate for name, each in found.items()}["M3"] is Fate.STAYS
    assert (found["M6"].fate, found["M6"].activities) == (Fate.CHANGES, (("MRI",), ("labs",)))


def test_a_new_window_that_had_closed_is_named() -> None:
    early = protocol_of(FIRST.replace("at: Month 3, window: ±14 days", "at: Month 2, window: ±7 days"))
    chain = [Version("1.0", protocol_of(FIRST), date.min), Version("2.0", early, date(2026, 6, 10))]
    person = Participant(id="P", recorded=_person().recorded)
    found = {each.item.id: each for each in differences(amended(chain[:1], person), amended(chain, person), date(2026, 6, 10))}
    assert (found["M3"].fate, found["M3"].closed, found["M3"].booking) == (Fate.MOVES, True, None)


# -- the study folder


@pytest.fixture
def study(example: Path) -> Path:
    """The example with a second version, in force at Yancheng since 1 November 2026 and not yet at Chengdu."""
    (example / "protocols").mkdir()
    text = (example / "protocol.yaml").read_text(encoding="utf-8")
    (example / "protocol.yaml").unlink()
    first = text.replace("protocol_version: registry record of 2025-12-10", 'protocol_version: "1.0"')
    second = first.replace('"1.0"', '"2.0"')
    second = second.replace(
        "at: Month 3/6/9/12/18/24\n        window: ±14 days", "at: Month 1/3/6/9/12/24\n        window: ±7 days"
    )
    (example / "protocols" / "1.0.yaml").write_text(first, encoding="utf-8")
    (example / "protocols" / "2.0.yaml").write_text(second, encoding="utf-8")
    sites = (example / "sites.yaml").read_text(encoding="utf-8")
    yancheng, chengdu = sites.split("chengdu:")
    zone = "  time_zone: Asia/Shanghai\n"
    yancheng = yancheng.replace(zone, zone + "  protocols: {1.0: 2025-11-01, 2.0: 2026-11-01}\n")
    chengdu = chengdu.replace(zone, zone + "  protocols: {1.0: 2025-11-01}\n")
    (example / "sites.yaml").write_text(f"{yancheng}chengdu:{chengdu}", encoding="utf-8")
    return example


def test_the_example_amended(study: Path) -> None:
    loaded = load_study(study)
    assert loaded.protocol.study.protocol_version == "2.0"
    third = loaded.schedule(loaded.participant("YC-003"))  # infused on 31 August 2026
    windows = {visit.id: (str(visit.opens), str(visit.closes)) for visit in third.visits if visit.id.startswith("M")}
    assert windows == {
        # M1 by 2.0 was 23 September to 7 October 2026, over before 2.0 came into force: it does not appear
        "M3": ("2026-11-23", "2026-12-07"),
        "M6": ("2027-02-21", "2027-03-07"),
        "M9": ("2027-05-24", "2027-06-07"),
        "M12": ("2027-08-24", "2027-09-07"),
        "M24": ("2028-08-24", "2028-09-07"),
    }
    fourth = loaded.schedule(loaded.participant("YC-004"))  # planned for 30 November 2026
    assert (str(fourth.visit("M1").opens), str(fourth.visit("M1").target)) == ("2026-12-23", "2026-12-30")
    elsewhere = loaded.schedule(loaded.participant("CD-001"))
    assert str(elsewhere.visit("M3").closes) == "2026-12-17"  # Chengdu stays with 1.0
    assert "M18" in {visit.id for visit in elsewhere.visits}


def test_the_report_of_an_amendment(study: Path) -> None:
    lines = run("diff", study, "--from", "1.0", "--to", "2.0").stdout.splitlines()
    assert lines[:5] == [
        "Protocol 1.0 to 2.0: what changes",
        "Version 2.0 is in force at Yancheng Third People's Hospital since Sun 1 November 2026.",
        "visits that move: 20, that appear: 2, that disappear: 5, that stay: 59, kept under the version before: 24, "
        "bookings still valid: 2, new to book: 2",
        "Calendars to re-issue: 5 of 9 (YC-001, YC-002, YC-003, YC-004, YC-005)",
        "Version 2.0 is not in force at The General Hospital of Western Theater Command: nothing changes there.",
    ]
    rows = list(csv.DictReader(io.StringIO(run("diff", study, "--from", "1.0", "--to", "2.0", "--format", "csv").stdout)))
    [row] = [row for row in rows if (row["participant"], row["visit"]) == ("YC-003", "M3")]
    assert row | {"label": ""} == {
        "site": "yancheng",
        "participant": "YC-003",
        "visit": "M3",
        "label": "",
        "change": "moves",
        "target_before": "2026-11-30",
        "first_before": "2026-11-16",
        "last_before": "2026-12-14",
        "target_after": "2026-11-30",
        "first_after": "2026-11-23",
        "last_after": "2026-12-07",
        "activities_added": "",
        "activities_removed": "",
        "booked": "2026-12-01T10:00+08:00",
        "booking": "still valid",
        "closed_already": "",
        "reissue_calendar": "yes",
    }
    assert (
        "<h1>Protocol 1.0 to 2.0: what changes</h1>"
        in run("diff", study, "--from", "1.0", "--to", "2.0", "--format", "html").stdout
    )


def test_what_an_amendment_would_change_before_its_day_is_known(study: Path) -> None:
    found = amendment(load_study(study), "1.0", "2.0", effective=date(2026, 12, 1))
    moved = {
        each.item.id
        for one in found.impacts
        if one.after.participant.id == "CD-001"
        for each in one.found
        if each.fate is Fate.MOVES
    }
    assert found.missing == ()
    assert "M3" in moved


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--from", "2.0", "--to", "1.0"),
            "Error: at yancheng, 1.0 comes into force before 2.0: name them the other way round\n",
        ),
        (("--from", "1.0", "--to", "3.0"), 'Error: there is no version "3.0" of the protocol; did you mean "2.0"?\n'),
        (("--from", "1.0", "--to", "1.0"), "Error: 1.0 is compared with itself: name two versions\n"),
    ],
)
def test_what_cannot_be_compared(study: Path, arguments: tuple[str, ...], message: str) -> None:
    assert run("diff", study, *arguments, status=1).stderr == message


def test_what_moved_names_the_version(study: Path, tmp_path: Path) -> None:
    sites = study / "sites.yaml"
    with_both = sites.read_text(encoding="utf-8")
    sites.write_text(with_both.replace(", 2.0: 2026-11-01", ""), encoding="utf-8")
    run("build", study, "--out", tmp_path / "out", "--issued-at", "2026-10-01", "--today", "2026-10-01")
    sites.write_text(with_both, encoding="utf-8")
    run("build", study, "--out", tmp_path / "out", "--issued-at", "2026-11-01", "--today", "2026-11-01")
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "protocol version 2.0 in place of 1.0" in index
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "schedule.csv").read_text(encoding="utf-8-sig"))))
    found = {row["visit"]: row["protocol_version"] for row in rows if row["participant"] == "YC-003" and row["kind"] == "visit"}
    assert found == {
        **dict.fromkeys(("SCR", "LD1", "LD2", "LD3", "infusion", "D14", "D28"), "1.0"),
        **dict.fromkeys(("M3", "M6", "M9", "M12", "M24"), "2.0"),
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"sites.yaml": ("2.0: 2026-11-01", "2.1: 2026-11-01")},
            "sites.yaml:7:14: yancheng.protocols: there is no protocols/2.1.yaml",
        ),
        ({"sites.yaml": ("2.0: 2026-11-01", "2.0: 2025-11-01")}, "1.0 and 2.0 cannot both begin on 2025-11-01"),
        (
            {"sites.yaml": ("  protocols: {1.0: 2025-11-01}\n", "")},
            "chengdu: there are several versions of the protocol: say since when each",
        ),
        ({"protocols/2.0.yaml": ('"2.0"', '"2.1"')}, '"2.1": the version is called as its file is, "2.0"'),
        (
            {"protocols/2.0.yaml": ("id: UDCAR-SLE", "id: OTHER")},
            "versions of one protocol are of one study, and another is of UDCAR-SLE",
        ),
        (
            {
                "protocols/1.0.yaml": ("facts:\n", "facts:\n  age: number\n"),
                "protocols/2.0.yaml": ("facts:\n", "facts:\n  age: [young, old]\n"),
            },
            '"age" is answered by number in another version, and by one of a list here: give it a new name',
        ),
    ],
)
def test_what_is_refused(study: Path, change: dict[str, tuple[str, str]], message: str) -> None:
    for name, (old, new) in change.items():
        text = (study / name).read_text(encoding="utf-8")
        assert old in text
        (study / name).write_text(text.replace(old, new), encoding="utf-8")
    assert message in run("check", study, status=1).stderr


def test_a_protocol_beside_its_versions_is_refused_and_one_version_needs_no_dates(study: Path) -> None:
    (study / "protocol.yaml").write_bytes((EXAMPLE / "protocol.yaml").read_bytes())
    assert "protocol.yaml: there are versions in" in run("check", study, status=1).stderr
    (study / "protocol.yaml").unlink()
    (study / "protocols" / "2.0.yaml").unlink()
    (study / "sites.yaml").write_bytes((EXAMPLE / "sites.yaml").read_bytes())
    assert "UDCAR-SLE, version 1.0: no problems" in run("check", study).stdout


def test_dates_of_versions_without_versions_are_refused(example: Path) -> None:
    sites = example / "sites.yaml"
    sites.write_text(
        sites.read_text(encoding="utf-8").replace("  paper: A4\n", "  paper: A4\n  protocols: {1.0: 2026-01-01}\n", 1),
        encoding="utf-8",
    )
    assert (
        "there is one protocol.yaml: versions with a date stand in protocols/VERSION.yaml"
        in run("check", example, status=1).stderr
    )


def test_rules_between_participants_are_those_of_the_version_in_force(study: Path) -> None:
    rule = "between participants:\n  - {id: stagger, event: infusion, within: site, limit: not before infusion of previous participant + 60 days}\n"
    second = study / "protocols" / "2.0.yaml"
    second.write_text(second.read_text(encoding="utf-8") + rule, encoding="utf-8")
    found = [(finding.participant, str(finding.limit.day), finding.kept) for _, finding in load_study(study).between()]
    # Yancheng has it since 1 November 2026: of its dates those of YC-004 (30 November) and YC-005 (21 December) are bound
    assert found == [("YC-004", "2026-10-30", True), ("YC-005", "2027-01-29", False)]
    assert "YC-005: stagger: Cell infusion planned for Mon 21 December 2026; 39 days too early" in run("check", study).stdout


def test_what_is_booked_for_a_day_before_keeps_the_version_of_that_day() -> None:
    """M3 by version 1.0 is 19 May to 16 June 2026, by 2.0 only 26 May to 9 June; 2.0 is in force since 5 June."""
    assert under(made("2026-06-05", {"M3": booked("2026-05-21")}))["M3"] == "1.0"
    assert under(made("2026-06-05", {"M3": booked("2026-06-04")}))["M3"] == "1.0"
    assert under(made("2026-06-05", {"M3": booked("2026-06-05")}))["M3"] == "2.0"
    assert not made("2026-06-05", {"M3": booked("2026-05-21")}).visit("M3").outside


def test_a_version_in_force_nowhere_is_said(study: Path) -> None:
    sites = study / "sites.yaml"
    sites.write_text(sites.read_text(encoding="utf-8").replace(", 2.0: 2026-11-01", ""), encoding="utf-8")
    assert run("diff", study, "--from", "1.0", "--to", "2.0", status=1).stderr == (
        "Error: 2.0 is in force at no site (protocols: in sites.yaml): say --effective DATE to see what it would change\n"
    )


# -- found by attack


def chain(first: str, second: str, since: str = "2026-04-01") -> list[Version]:
    return [Version("1.0", protocol_of(first), date.min), Version("2.0", protocol_of(second), date.fromisoformat(since))]


def test_nothing_on_record_is_lost_when_a_later_version_does_not_plan_it() -> None:
    first = "facts: {arm: [A, B]}\nvisits:\n  - {id: infusion, at: given}\n  - {id: D60, at: Day 60, window: ±2 days}\n"
    first += "  - {id: X, at: Day 30, window: ±2 days, when: arm is A}\n"
    versions = chain(first, "visits: [{id: infusion, at: given}]")
    infusion = {"infusion": (Recorded(date(2026, 3, 1), Status.ACTUAL),)}

    def of(arm: str, **visits: VisitRecord) -> Schedule:
        return amended(versions, Participant(id="P", answers={"arm": arm}, recorded=infusion, visits=visits))

    took_place = of("B", X=done("2026-04-02")).visit("X")
    assert (took_place.against, str(took_place.actual)) == (True, "2026-04-02")
    for outcome in (Outcome.MISSED, Outcome.CANCELLED):
        assert of("A", D60=VisitRecord(outcome=outcome)).visit("D60").outcome is outcome
    booking = of("A", D60=booked("2026-04-30"))
    assert ([visit.id for visit in booking.visits], booking.unplaced) == (["infusion"], ("D60",))


def test_a_date_on_record_counts_under_a_version_that_computes_it() -> None:
    tail = "  - {id: B7, at: boost + 7 days, window: ±2 days}\n"
    versions = chain(
        "visits:\n  - {id: infusion, at: given}\n  - {id: boost, at: given}\n" + tail,
        "visits:\n  - {id: infusion, at: given}\n  - {id: boost, at: Day 21, window: ±3 days}\n" + tail,
    )
    infusion = Recorded(date(2026, 3, 1), Status.ACTUAL)

    def of(record: Recorded) -> Schedule:
        return amended(versions, Participant(id="P", recorded={"infusion": (infusion,), "boost": (record,)}))

    assert str(of(Recorded(date(2026, 3, 29), Status.ACTUAL)).visit("B7").target) == "2026-04-05"
    assert of(Recorded(None, Status.NEVER)).visit("B7").applies is Applies.NO
    assert str(of(Recorded(date(2026, 4, 2))).visit("boost").booked) == "2026-04-02"


def test_a_site_says_since_when_and_there_is_a_site(study: Path) -> None:
    sites = study / "sites.yaml"
    text = sites.read_text(encoding="utf-8")
    sites.write_text(text.replace("protocols: {1.0: 2025-11-01}", "protocols: {}"), encoding="utf-8")
    assert "there are several versions of the protocol: say since when each" in run("check", study, status=1).stderr
    sites.write_text("{}\n", encoding="utf-8")
    (study / "participants.csv").write_text("participant,site\n", encoding="utf-8")
    assert "sites.yaml:1: there is no site" in run("check", study, status=1).stderr


def test_rules_between_participants_hold_across_sites_on_the_page_of_one(study: Path) -> None:
    rule = "between participants:\n  - {id: stagger, event: infusion, within: study, limit: not before infusion of previous participant + 5 days}\n"
    first = study / "protocols" / "1.0.yaml"
    first.write_text(first.read_text(encoding="utf-8") + rule, encoding="utf-8")
    # YC-003 on 31 August, CD-001 at the other site on 3 September 2026
    rows = list(csv.DictReader(io.StringIO(run("deviations", study, "--site", "chengdu", "--format", "csv").stdout)))
    assert [(row["participant"], row["visit"], row["days"]) for row in rows] == [("CD-001", "stagger", "-2")]


def test_the_next_date_is_asked_of_the_version_in_force_at_the_site_on_that_day(study: Path) -> None:
    rule = "between participants:\n  - {id: stagger, event: infusion, within: study, limit: not before infusion of previous participant + N days}\n"
    for version, days in (("1.0", "10"), ("2.0", "40")):
        file = study / "protocols" / f"{version}.yaml"
        file.write_text(file.read_text(encoding="utf-8") + rule.replace("N", days), encoding="utf-8")
    people = study / "participants.csv"
    lines = people.read_text(encoding="utf-8").splitlines()
    people.write_text("\n".join(line for line in lines if not line.startswith(("CD-002", "CD-003"))) + "\n", encoding="utf-8")
    assert "follow different versions: say which" in run("next-infusion", study, "--today", "2026-12-01", status=2).stderr
    # the last is YC-005, planned for Monday 21 December 2026
    asked = {
        site: run("next-infusion", study, "--site", site, "--today", "2026-12-01").stdout for site in ("yancheng", "chengdu")
    }
    assert "30 January 2027" in asked["yancheng"]
    assert "31 December 2026" in asked["chengdu"]


# -- found by computing it again


def test_a_window_that_is_open_at_its_end_has_not_closed() -> None:
    versions = chain(FIRST.replace("±14 days", "-2 days .."), FIRST.replace("±14 days", "-2 .. +60 days"), "2026-12-01")
    schedule = amended(versions, Participant(id="P", recorded={"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)}))
    assert schedule.visit("M3").under is None
    new = chain(FIRST, FIRST.replace("periods:", "  - {id: LAB, at: Day 14, window: 0 ..}\nperiods:"), "2026-04-10")
    schedule = amended(new, Participant(id="P", recorded={"infusion": (Recorded(date(2026, 3, 2), Status.ACTUAL),)}))
    assert "LAB" in {visit.id for visit in schedule.visits}


def test_a_visit_that_the_version_in_force_did_not_ask_for_is_judged_by_that_version() -> None:
    head = "facts: {arm: [A, B]}\nvisits:\n  - {id: infusion, at: given}\n"
    versions = chain(
        head + "  - {id: V, at: Day 28, window: ±7 days, when: arm is B}",
        head + "  - {id: V, at: Day 14, window: ±2 days}",
        "2026-06-01",
    )
    infusion = {"infusion": (Recorded(date(2026, 3, 1), Status.ACTUAL),)}
    visit = amended(
        versions, Participant(id="P", answers={"arm": "A"}, recorded=infusion, visits={"V": done("2026-03-29")})
    ).visit("V")
    assert (visit.against, visit.under is versions[0].protocol) == (True, True)


WITH_LABELS = """\
study: {id: X7, title: T, anchor: infusion, day_numbering: day 0, month: calendar}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: V1, label: First check, at: Day 14, window: ±2 days, mode: clinic}
  - {id: S, ids: "S<n>", at: Day 28 then every 28 days 3 times, window: ±2 days, mode: clinic}
"""
ONLY_IN_THE_FIRST = """\
  - {id: V4, label: Kidney check, at: Day 60, window: ±2 days, mode: clinic}
  - {id: E, label: Early talk, at: Day 3, window: ±1 day, mode: clinic}
"""


def test_what_only_an_older_version_has_is_called_by_its_name_in_what_changed(tmp_path: Path) -> None:
    """Version 2.0 comes into force on 10 March 2026: the early talk is over by then, and the kidney check is no longer planned."""
    study, out = tmp_path / "study", tmp_path / "out"
    run("init", study)
    (study / "protocol.yaml").unlink()
    (study / "protocols").mkdir()
    (study / "protocols" / "1.0.yaml").write_text(WITH_LABELS + ONLY_IN_THE_FIRST)
    site = "NY: {name: Hospital, time_zone: America/New_York, language: en"
    (study / "sites.yaml").write_text(site + ", protocols: {'1.0': 2026-01-01}}\n")
    (study / "participants.csv").write_text("participant,site,infusion,infusion_status\nA,NY,2026-03-02,actual\n")
    run("build", study, "--out", out, "--issued-at", "2026-03-03T10:00", "--today", "2026-03-03")
    (study / "protocols" / "2.0.yaml").write_text(WITH_LABELS)
    (study / "sites.yaml").write_text(site + ", protocols: {'1.0': 2026-01-01, '2.0': 2026-03-10}}\n")
    rows = "A,E,2026-03-06,,,,\nA,S2,2026-04-28,,,,\n"
    (study / "visits.csv").write_text("participant,visit,booked,time,actual,status,note\n" + rows)
    run("build", study, "--out", out, "--issued-at", "2026-03-04T10:00", "--today", "2026-03-04")
    sheet = (out / "participants" / "A" / "visit-sheet.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", sheet))
    said = text.partition("What has changed since the sheet of Tue 3 March 2026 ")[2].partition(" Your visits")[0]
    assert said.startswith("Early talk Fri 6 March 2026 ")
    assert " Day 56 Tue 28 April 2026 " in said
    assert " Kidney check " in said
    assert re.findall(r"\b(?:S2|V4|E)\b", said) == []
    for page in ("index.html", "sites/NY/index.html"):
        text = (out / page).read_text(encoding="utf-8")
        moved = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", text[text.index("What moved") :]))
        assert all(f" A {name} " in moved for name in ("Early talk", "Day 56", "Kidney check"))
    listed = {
        row["text"] for row in csv.DictReader(io.StringIO(run("strings", study, "--format", "csv").stdout.lstrip("\ufeff")))
    }
    assert {"Early talk", "Kidney check", "First check", "S…", "Day {number}"} <= listed
