"""Every text that participants are given is in the list for the ethics committee."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import EXAMPLE, run

from scheduler.pages import sheet_page
from scheduler.protocol.records import Text
from scheduler.schedule.expand import expand
from scheduler.study.files import load_protocol
from scheduler.study.folder import load_study
from scheduler.views.calendar import participant_calendar
from scheduler.views.changes import Moved, changes, issued
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
            else:
                moved = Moved(ISSUED, tuple(changes("P", {}, issued(schedule))))
                sheet_page(sheet(schedule, site, ISSUED, moved))
        said, spoken = set(keys), set(texts) - {""}
        assert covered(said, paper) == []
        assert len(said) > 10
        lists = [
            strings(study.protocols.values(), study.sites.values(), words(language))
            for language in {schedule.participant.language for schedule in schedules.values()}
        ]
        assert spoken <= {each.text for found in lists for each in found if each.paper is paper}


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
    assert {"language": "zh", "paper": "calendar", "text": "住院", "source": "words: calendar.stay"} in rows
    assert {
        "language": "en",
        "paper": "sheet",
        "text": "You receive the cells through a vein. You stay in hospital afterwards.",
        "source": "infusion: participant text",
    } in rows
    unique = [(row["language"], row["paper"], row["text"]) for row in rows]
    assert len(set(unique)) == len(unique)
    text = run("strings", EXAMPLE, "--language", "zh").stdout
    assert text.startswith("# calendar, zh\n")
    assert "\n# sheet, zh\n" in text
    assert "Appointment" not in text


def test_a_language_without_words_is_refused() -> None:
    assert "no words for 'fr'; there are: en, zh" in run("strings", EXAMPLE, "--language", "fr", status=2).stderr
