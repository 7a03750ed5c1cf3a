"""What `check` warns of, where, and how a warning is accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import EXAMPLE, protocol_of, run

from scheduler.check.discreet import Telling
from scheduler.check.warned import Warned
from scheduler.check.warnings import checked

START = "visits:\n  - {id: infusion, at: given}\n"


def warned(text: str) -> list[str]:
    return [
        f"{found.place.line} {found.kind}: {found.message}" for found in checked(protocol_of(text)).warnings if not found.accepted
    ]


@pytest.mark.parametrize(
    ("visits", "expected"),
    [
        (
            "  - {id: V, at: Day 7}",
            ["4 no window: V: no window is stated; where the protocol does not give one, say window: none"],
        ),
        ("  - {id: V, at: Day 7, window: none}", []),
        (
            "  - {id: A, at: Day 7, window: ±4 days}\n  - {id: B, at: Day 14, window: ±4 days}",
            ["5 overlap: B: the windows overlap (A to 2026-02-11, B from 2026-02-10, with infusion on 2026-01-31)"],
        ),
        ("  - {id: A, at: Day 7, window: ±3 days}\n  - {id: B, at: Day 14, window: ±3 days}", []),
        (
            "  - {id: A, at: Day 7, window: ±3 days}\n  - {id: B, at: Day 15, window: ±3 days}",
            ["5 gap: B: 1 day between A and B belongs to neither"],
        ),
        (
            "  - {id: V, at: Month 12, window: 366 to 425 days after infusion}",
            [
                "4 target outside: V: the target lies outside the window (V: 2027-01-31, window 2027-02-01 .. 2027-04-01, with infusion on 2026-01-31)"
            ],
        ),
        (
            "  - {id: V, at: Day 7 then every 7 days, window: ±1 days}",
            ["4 no end: V: nothing ends this series (until ..., or ... times)"],
        ),
        ("  - {id: V, at: Day 7 then every 7 days 5 times, window: ±1 days}", []),
        (
            "  - {id: A, at: Day 28, window: ±1 days}\n  - {id: B, at: Week 4, window: ±1 days}",
            [
                "5 same occurrence: B has the same day and the same window as A: is it the same visit, or does one yield to the other?"
            ],
        ),
        ("  - {id: A, at: Day 28, window: ±1 days}\n  - {id: B, at: Week 4, window: ±1 days, yields to: A}", []),
        (
            "  - {id: c, at: Day 0 then every 7 days 3 times, visits: [{id: V, at: Day 1, window: exact, when: c is 4 onwards}]}",
            ["4 never applies: V: there is never one of these"],
        ),
    ],
)
def test_dates_worth_a_look(visits: str, expected: list[str]) -> None:
    assert warned(START + visits) == expected


@pytest.mark.parametrize(
    ("facts", "when", "nobody"),
    [
        ("{a: yes or no}", "a and not a", True),
        ("{a: yes or no}", "a or not a", False),
        ("{arm: [A, B]}", "arm is A and arm is B", True),
        ("{age: number}", "age > 65 and age < 18", True),
        ("{age: number}", "age > 18 and age <= 65", False),
        ("{age: number}", "age is 3-5 and not age is 4/3/5", True),
        ("{ga: duration}", "ga < 37 weeks and ga >= 42 weeks", True),
        ("{ga: duration}", "ga < 37 weeks and ga >= 258 days", False),
        ("{a: yes or no}", "a and more than 5 days from infusion to Day 3", False),  # dates are left open
    ],
)
def test_conditions_nobody_can_satisfy(facts: str, when: str, nobody: bool) -> None:
    text = f"facts: {facts}\n{START}  - {{id: V, at: Day 7, window: exact, when: {when}}}"
    assert any("nobody can satisfy" in line for line in warned(text)) is nobody


def test_months_of_a_fixed_length_are_compared_as_what_they_are() -> None:
    study = "study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: 28 days}\nfacts: {ga: duration}\n" + START
    assert warned(f"{study}  - {{id: V, at: Day 7, window: exact, when: ga >= 2 months}}") == []
    (line,) = warned(f"{study}  - {{id: V, at: Day 7, window: exact, when: ga < 2 months and ga >= 56 days}}")
    assert "nobody can satisfy" in line


def test_conditions_of_groups_count_together() -> None:
    group = "  - {when: arm is A, window: exact, visits: [{id: V, at: Day 7, when: arm is B}]}"
    assert warned(f"facts: {{arm: [A, B]}}\n{START}{group}") == ["5 never applies: V: nobody can satisfy arm is A and arm is B"]


def test_an_activity_no_visit_has() -> None:
    text = (
        f"{START}  - {{id: c, at: Day 0 then every 7 days 3 times, visits: [{{id: V, ids: V<c>, at: Day 1, window: exact}}]}}\n"
        "activities: {ecg: {at: V7}}"
    )
    assert warned(text) == ["5 never applies: ecg: no visit ever has it"]


def test_arms_do_not_overlap() -> None:
    text = f"""facts: {{arm: [A, B]}}
{START}  - {{id: A, at: Day 7, window: ±4 days, when: arm is A}}
  - {{id: B, at: Day 8, window: ±4 days, when: arm is B}}"""
    assert warned(text) == []


@pytest.mark.parametrize("where", ["rule", "group", "study"])
def test_a_warning_is_accepted_with_a_reason(where: str) -> None:
    accepted = ", accepted: {overlap: the visits may be combined}"
    study = f"study: {{id: X, title: X, anchor: infusion, day_numbering: day 0{accepted if where == 'study' else ''}}}\n"
    rule = accepted if where == "rule" else ""
    visits = f"[{{id: A, at: Day 7}}, {{id: B, at: Day 14{rule}}}]"
    text = f"{study}{START}  - {{window: ±4 days, visits: {visits}{accepted if where == 'group' else ''}}}"
    found = checked(protocol_of(text)).warnings
    assert [(one.kind, one.accepted) for one in found] == [("overlap", "the visits may be combined")]


def test_a_warning_that_is_none_cannot_be_accepted(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        f"study: {{id: X, title: X, anchor: infusion, day_numbering: day 0}}\n{START}  - {{id: V, at: Day 7, accepted: {{overlaps: x}}}}"
    )
    assert "no such warning (there are: no window, overlap, gap" in run("check", file, status=1).output


def test_check_prints_warnings_with_their_place(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "study: {id: X, title: X, anchor: infusion, day_numbering: day 0}\nevents: {stop: {may not happen: yes}}\n"
        f"{START}  - {{id: V, at: Day 7 then every 7 days until stop, window: ±1 days}}\n  - {{id: W, at: Day 400}}\n"
    )
    lines = run("check", file).stdout.splitlines()
    assert lines[0] == "X: no problems"
    assert lines[1] == "visits: 54 and more (no end yet: V), periods: 0, activities: 0"
    assert lines[2].startswith(f"{file}:6:10: visits[2].id: warning (no window): W: no window is stated")


def test_a_warning_reads_like_a_problem() -> None:
    from scheduler.reading.problems import Place

    assert str(Warned("gap", Place("p.yaml", 3, 5, "visits[1]"), "x")) == "p.yaml:3:5: visits[1]: warning (gap): x"


# -- the calendars of the sites


def test_a_site_of_no_country_has_no_public_holidays_and_that_is_said(tmp_path: Path) -> None:
    study = tmp_path / "study"
    run("init", study)
    assert "no holidays" not in run("check", study).stdout
    sites = (study / "sites.yaml").read_text(encoding="utf-8")
    assert "country: CN" in sites
    without = re.sub(r"  country: .*\n", "", sites)
    (study / "sites.yaml").write_text(without, encoding="utf-8")
    said = (
        "site-1: warning (no holidays): no public holidays are known for it: say its country (CN), "
        'or "public_holidays: no" in its calendar'
    )
    assert f"{study / 'sites.yaml'}:3:9: {said}" in run("check", study).stdout.splitlines()
    (study / "sites.yaml").write_text(without + "  calendar: {public_holidays: no}\n", encoding="utf-8")
    assert "no holidays" not in run("check", study).stdout


def test_the_calendar_in_the_new_study_can_be_taken_as_it_is(tmp_path: Path) -> None:
    study = tmp_path / "study"
    run("init", study)
    sites = (study / "sites.yaml").read_text(encoding="utf-8")
    (study / "sites.yaml").write_text(sites.replace("  # calendar:", "  calendar:").replace("  #   ", "    "), encoding="utf-8")
    assert "Beds: 4." in run("calendar", "site-1", "--year", "2026", "--study", study).stdout


def test_a_country_nobody_knows_is_said_once_with_its_place(example: Path) -> None:
    sites = (example / "sites.yaml").read_text(encoding="utf-8")
    (example / "sites.yaml").write_text(sites.replace("country: CN", "country: ZH", 1), encoding="utf-8")
    result = run("check", example, "--site", "yancheng", status=1)
    assert result.stderr.splitlines() == [
        f'{example / "sites.yaml"}:5:12: yancheng.country: no public holidays are known of "ZH"; write a two-letter code such as CN',
        "1 problem found",
    ]
    (example / "sites.yaml").write_text(sites + "  calendar: {region: XX}\n", encoding="utf-8")
    assert run("check", example, status=1).stderr.splitlines()[0] == (
        f"{example / 'sites.yaml'}:24:22: chengdu.calendar.region: "
        'no public holidays are known of region "XX" of CN; write its code, or leave it out'
    )


# -- what a telephone shows

TOLD = """\
study:
  id: XYZ-7
  registry: NCT07274059
  title: {en: Allogeneic CAR-T cells for systemic lupus in adults, zh: 异体CAR-T细胞治疗难治性系统性红斑狼疮的研究}
  sponsor: Chengdu Ucello Co. Ltd.
  anchor: infusion
  day_numbering: day 0
  month: calendar
facts: {arm: {label: Group, answer: [A, B, placebo], blinded: yes}, cough: [X, wet]}
events: {progression: {may not happen: yes}}
activities: {ECG: {label: {en: Electrocardiogram, zh: 心电图}, at: [call]}}
visits:
  - {id: infusion, at: given, mode: ward}
  - {id: call, at: Day 5, window: exact, mode: telephone}
  - {id: S, ids: "S<n>", at: Day 14 then every 14 days 3 times, window: exact, mode: clinic}
periods:
  - {id: hospital, kind: stay, label: Hospital stay, from: infusion, to: infusion + 7 days}
  - {id: driving, kind: restriction, label: No driving, from: infusion, to: infusion + 7 days}
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # the study, however its name is written
        ("xyz7", ["xyz7"]),
        ("XYZ\u20117, ward 3", ["XYZ\u20107"]),  # a hyphen that does not break; it is shown as any other
        ("XYZ_7", ["XYZ_7"]),
        ("ＸＹＺ７", ["XYZ7"]),
        ("nct 0727 4059", ["nct 0727 4059"]),
        # words of its title, its sponsor, and the words for what it is
        ("The cart-unit", ["cart"]),
        ("Lupus clinic", ["Lupus"]),
        ("红斑狼疮门诊", ["红斑狼", "斑狼疮"]),
        ("Ask for Ucello", ["Ucello"]),
        ("your study visit", ["study"]),
        ("a TRIAL", ["TRIAL"]),
        ("临床试验中心", ["临床试验"]),
        # visits, periods, activities, events, blinded answers, participants
        ("your infusion", ["infusion"]),
        ("S 2", ["S 2"]),
        ("Electro-cardiogram", ["Electro-cardiogram"]),
        ("请做心电图", ["心电图"]),
        ("no driving", ["no driving"]),
        ("Placebo", ["Placebo"]),
        ("arm A, please", ["arm A"]),
        ("GROUP: b", ["GROUP: b"]),
        ("for P-001", ["P-001"]),
        ("for p001", ["p001"]),
        # study days
        ("Ｄay 14", ["Day 14"]),
        ("day fourteen", ["day fourteen"]),
        ("Day\u00a014", ["Day 14"]),
        ("第十四天", ["第十四天"]),
        ("第 14 日", ["第 14 日"]),
        ("第三次", []),
        # what tells nothing
        ("Please come without breakfast.", []),
        ("Bring your medicines, and somebody to take you home from hospital.", []),
        ("Call us if you stay at home; the ward has a second entrance, in Cells Street", []),
        ("Take the first smart card, and the carton", []),
        ("Something in the stomach is S.", []),
        ("Open every day 8:00 to 17:00", []),
        ("day 0000-00000001, night 0000-00000002", []),
        ("A nurse takes blood; an arm band is put on. Wet weather: take the bus.", []),
        ("请空腹来医院，抽血检查。", []),
        ("肿瘤研究所3号楼，电话预约", []),
        ("P-0011", []),
    ],
)
def test_what_gives_something_away_on_a_telephone(text: str, found: list[str]) -> None:
    assert Telling([protocol_of(TOLD)], ["P-001"]).in_text(text) == found


def test_what_a_site_puts_on_the_phone_is_looked_at_too(tmp_path: Path) -> None:
    run("init", tmp_path / "study")
    study = tmp_path / "study"
    (study / "protocol.yaml").write_text(TOLD, encoding="utf-8")
    (study / "participants.csv").write_text("participant,site\nP-001,CD\n")
    (study / "visits.csv").unlink()
    (study / "sites.yaml").write_text(
        "CD:\n  name: Hospital\n  city: Chengdu\n  country: CN\n  time_zone: Asia/Shanghai\n  language: zh\n"
        "  telephone: {day: CAR-T ward 555, night: lupus 556}\n"
        '  appointments: {place: {en: "Lupus Hospital, Chengdu", zh: 成都}}\n',
        encoding="utf-8",
    )
    said = [line for line in run("check", study).stdout.splitlines() if "not discreet" in line]
    assert said == [
        f'{study}/sites.yaml:8:17: CD.appointments: warning (not discreet): CD: a calendar on a telephone is seen by others, and this text holds "Lupus"',
        f'{study}/sites.yaml:7:14: CD.telephone: warning (not discreet): CD: a calendar on a telephone is seen by others, and this text holds "CAR-T"',
    ]
    accepted = TOLD.replace("study:\n", "study:\n  accepted: {not discreet: the hospital is called so}\n")
    (study / "protocol.yaml").write_text(accepted, encoding="utf-8")
    assert "not discreet)" not in run("check", study).stdout


@pytest.mark.parametrize(
    "path", [EXAMPLE, *sorted((Path(__file__).parent / "trials").glob("*.yaml"))], ids=lambda path: path.stem
)
def test_the_examples_give_nothing_away(path: Path) -> None:
    assert "not discreet" not in run("check", path).stdout
