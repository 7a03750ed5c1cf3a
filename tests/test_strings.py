"""Every text that participants are given is in the list for the ethics committee."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from conftest import EXAMPLE, run

from scheduler.pages import months_html, sheet_page
from scheduler.protocol.records import Text
from scheduler.schedule.expand import expand
from scheduler.study.files import load_protocol
from scheduler.study.folder import load_study
from scheduler.views.calendar import participant_calendar
from scheduler.views.card import card
from scheduler.views.changes import Moved, changes, issued
from scheduler.views.months import months
from scheduler.views.sheet import sheet
from scheduler.views.strings import PHRASES, Paper, strings
from scheduler.views.words import Words, words

ISSUED = datetime(2026, 11, 23, tzinfo=UTC)
TRIALS = sorted((Path(__file__).parent / "trials").glob("*.yaml"))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], set[str]]:
    """The keys of all phrases that are said from now on, and all texts of protocols and sites."""
    keys: set[str] = set()
    texts: set[str] = set()
    say, text = Words.say, Words.text

    def hear(self: Words, key: str, **values: object) -> str:
        keys.add(key)
        return say(self, key, **values)

    def hear_text(self: Words, said: Text | None, otherwise: str = "") -> str:
        texts.add(text(self, said, otherwise))
        return text(self, said, otherwise)

    monkeypatch.setattr(Words, "say", hear)
    monkeypatch.setattr(Words, "text", hear_text)
    return keys, texts


def covered(keys: set[str], paper: Paper) -> list[str]:
    """The keys that the list of a paper has not."""
    known = set(PHRASES[paper])
    return sorted(key for key in keys if key not in known and key.partition(".")[0] not in known)


def test_all_that_the_papers_of_the_example_say_is_in_the_list(heard: tuple[set[str], set[str]]) -> None:
    keys, texts = heard
    study = load_study(EXAMPLE)
    schedules = study.schedules()
    for paper in Paper:
        keys.clear()
        texts.clear()
        for schedule in schedules.values():
            site = study.sites[schedule.participant.site]
            if paper is Paper.CALENDAR:
                participant_calendar(schedule, site, str, ISSUED.date())
            elif paper is Paper.MONTHS:
                days = study.open_days[site.id].in_language(schedule.participant.language)
                months_html(months(schedule, site, days, date(2026, 1, 1), ISSUED))
            elif paper is Paper.CARD:
                card(schedule, site, ISSUED)
            else:
                moved = Moved(ISSUED, tuple(changes("P", {}, issued(schedule))))
                sheet_page(sheet(schedule, site, ISSUED, moved))
        said, spoken = set(keys), set(texts) - {""}
        assert covered(said, paper) == []
        assert len(said) > 5
        lists = [
            strings(study.protocols.values(), study.sites.values(), words(language))
            for language in {schedule.participant.language for schedule in schedules.values()}
        ]
        names = (paper, Paper.SHEET) if paper in (Paper.MONTHS, Paper.CARD) else (paper,)
        assert spoken <= {each.text for found in lists for each in found if each.paper in names}


@pytest.mark.parametrize("file", TRIALS, ids=lambda file: file.stem)
def test_all_phrases_of_other_trials_are_in_the_list(file: Path, heard: tuple[set[str], set[str]]) -> None:
    from scheduler.check.warnings import people

    keys, _ = heard
    protocol = load_protocol(file)
    for number, person in enumerate(people(protocol)):
        if number == 12:
            break
        schedule = expand(protocol, person)
        keys.clear()
        participant_calendar(schedule, None, str, ISSUED.date())
        assert covered(keys, Paper.CALENDAR) == []
        keys.clear()
        sheet_page(sheet(schedule, None, ISSUED, Moved(ISSUED, tuple(changes("P", {}, issued(schedule))))))
        assert covered(keys, Paper.SHEET) == []


def test_the_list_as_a_table_and_as_text() -> None:
    rows = list(csv.DictReader(io.StringIO(run("strings", EXAMPLE, "--format", "csv").stdout)))
    assert {row["language"] for row in rows} == {"en", "zh"}
    stay = {"language": "zh", "paper": "calendar", "where": "calendar_title", "text": "住院", "source": "words: calendar.stay"}
    assert stay in rows
    assert {
        "language": "en",
        "paper": "sheet",
        "where": "sheet_visits",
        "text": "You receive the cells through a vein. You stay in hospital afterwards.",
        "source": "protocol: infusion, participant text",
    } in rows
    unique = [(row["language"], row["where"], row["text"]) for row in rows]
    assert len(set(unique)) == len(unique)


def test_the_list_to_be_read_has_a_head_and_stands_by_where_a_text_is_printed() -> None:
    text = run("strings", EXAMPLE, "--language", "zh", "--today", "2026-11-23").stdout
    assert text.startswith(
        "# 受试者手机日历、访视表、月历和随身卡中可能出现的全部文字\n\n"
        "研究：异体脐带血来源CAR-T细胞治疗难治性系统性红斑狼疮 · UDCAR-SLE · NCT07274059\n"
        "方案版本：registry record of 2025-12-10\n"
        "日期：2026年11月23日 星期一\n"
        "研究中心：盐城市第三人民医院、西部战区总医院\n"
        "语言：zh\n\n"
    )
    assert "\n## 手机日历：名称\n- 就诊预约  [words: calendar.name]\n\n## 手机日历：标题（可能显示在锁定屏幕上）\n" in text
    assert "\n- 就诊时间待定（11月23日至11月27日）  [words: calendar.to_be_arranged]\n" in text
    assert "\n- 江苏省盐城市  [sites: yancheng, city]\n" in text
    assert "- UCAR-T细胞（异体脐带血来源CAR-T细胞）  [protocol: study, card, therapy]\n" in text
    assert "Appointment" not in text
    both = run("strings", EXAMPLE, "--today", "2026-11-23").stdout
    assert both.endswith("\n" + text)
    assert "\n- Appointment to be arranged, 23 Nov – 27 Nov  [words: calendar.to_be_arranged]\n" in both
    assert "\n- Appointment 09:30  [words: calendar.timed]\n" in both


def test_nothing_in_the_list_to_be_read_is_a_bare_piece() -> None:
    for line in run("strings", EXAMPLE, "--today", "2026-11-23").stdout.splitlines():
        if line.startswith("- "):
            said = re.sub(r"{\w+}", "", line.removeprefix("- ").rpartition("  [")[0])
            assert re.search(r"[^\W\d_]", said), line


def test_a_language_without_words_is_refused() -> None:
    assert "no words for 'fr'; there are: en, zh" in run("strings", EXAMPLE, "--language", "fr", status=2).stderr
