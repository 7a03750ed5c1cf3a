"""What gives something away in the texts of a participant's calendar, which others see on a lock screen or in a car.

A text is compared with the names that tell the study, a visit, an arm or a person, however it is written: full width or not, in small
letters, with other hyphens or none. Words that say nothing of a study, and what the calendar says of itself, tell nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from scheduler.check.warned import Warned
from scheduler.facts.records import Site
from scheduler.facts.sites import SiteWhere
from scheduler.protocol.records import COUNTER, Fact, PlannedPeriod, PlannedVisit, Protocol, Text

_HAN = "\u3400-\u9fff"
_BEFORE, _AFTER = rf"(?<![^\W_{_HAN}])", rf"(?![^\W_{_HAN}])"  # where no word goes on; between Chinese ones there is nothing
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|"
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_DAYS = re.compile(
    rf"{_BEFORE}(?:day|week|month|year)[\W_]{{0,2}}(?:\d{{1,4}}(?![\d:]|-\d{{3}})|(?:{_NUMBER_WORDS}){_AFTER})"
    r"|第\s*-?\s*(?:\d+|[零〇一二两三四五六七八九十百]+)\s*(?:天|日|周|个月|月|年)"
    rf"|{_BEFORE}(?:stud(?:y|ies)|trials?){_AFTER}|研究(?!所|院)|临床试验|试验|受试者",
    re.IGNORECASE,
)
_COMMON = frozenset(
    """about after against all also among an and any appointment are arm arms as at be before between blood both but by call calls care
    cell cells center centre children clinic clinical company compare comparing compared control controlled corporation day days disease
    disorder dose double during each early effect effects efficacy end evaluate evaluating evaluation first follow following followup for
    from general group groups gmbh have health healthy high home hospital hospitals how in international into investigate investigating
    is it its label late least less limited long low medical men moderate month months more most national new of on only open or other
    outcome outcomes over patient patients people pharma pharmaceutical pharmaceuticals phase phone pilot placebo-controlled primary
    randomised randomized rest safety second secondary severe short single standard start stay subjects syndrome telephone term test tests
    than that the their therapy third this those through time times to tolerability treated treatment treatments under university until up
    upon use using usual versus visit visits volunteer volunteers ward week weeks what when where which while who with within without women
    year years your adult adults participant participants multicenter multicentre biotechnology adults""".split()
) | frozenset("住院 门诊 病房 电话 预约 休息 医院 家访 访视 复诊 抽血 治疗 检查".split())
_COMMON_HAN = re.compile(
    "医院|患者|参与|受试|治疗|安全|有效|评价|评估|研究|临床|试验|随机|对照|双盲|单盲|开放|中心|单臂|剂量|观察|疗效|比较"
)
_BETWEEN_WORDS = re.compile("[的在和与及或中对于为以从等之、，。：；（）]")
_GRAM = 3  # Chinese characters in a row that make a text speak of what a title does


class Telling:
    """What tells a study, of all versions of its protocol, or one of its participants by `codes`."""

    def __init__(self, protocols: Iterable[Protocol], codes: Iterable[str] = ()) -> None:
        names = dict.fromkeys(name for protocol in protocols for name in _names(protocol) if not _says_nothing(name))
        names |= dict.fromkeys(codes)
        self._names = tuple((_compact(COUNTER.split(_plain(name))[0]), name) for name in names)

    def in_text(self, text: str, known: Collection[str] = ()) -> list[str]:
        """What a text gives away, as it stands there, but for words that are `known` of the place anyway."""
        text = _plain(text)
        compact = _compact(text)
        found = [match for start, name in self._names if start in compact for match in _pattern(name).finditer(text)]
        found += _DAYS.finditer(text)
        said = {match.group(): match.span() for match in sorted(found, key=lambda match: (match.start(), -match.end()))}
        anyway = {_compact(_plain(word)) for word in known}
        return [
            word
            for word, (first, last) in said.items()
            if _compact(word) not in anyway
            and not any(a <= first and last <= b and b - a > last - first for a, b in said.values())
        ]


def not_discreet(telling: Telling, protocol: Protocol) -> Iterator[tuple[PlannedVisit, str]]:
    """The visits whose text for the calendar gives something away, and a sentence that says what."""
    for visit in protocol.visits:
        for case in visit.cases or (visit,):
            if found := _in_any(telling, case.calendar_text):
                yield visit, f"{visit.rule}: {_said(found)}"


def not_discreet_of_sites(telling: Telling, sites: Iterable[Site], where: Mapping[str, SiteWhere]) -> Iterator[Warned]:
    """What gives something away in what a site puts on the phone: where to come, and whom to ring."""
    for site in sites:
        number = site.day_telephone or site.night_telephone
        known = [word for said in (site.city.by_language.values() if site.city else ()) for word in _words(said)]
        for key, found in (
            ("appointments", _in_any(telling, site.appointments.place, known)),
            ("telephone", telling.in_text(number, known)),
        ):
            if found:
                yield Warned("not discreet", where[site.id].site.key(key), f"{site.id}: {_said(found)}")


def _in_any(telling: Telling, text: Text | None, known: Collection[str] = ()) -> list[str]:
    texts = text.by_language.values() if text is not None else ()
    return list(dict.fromkeys(word for each in texts for word in telling.in_text(each, known)))


def _said(found: Iterable[str]) -> str:
    return f'a calendar on a telephone is seen by others, and this text holds "{", ".join(found)}"'


def _names(protocol: Protocol) -> Iterator[str]:
    """What is called by a name in a protocol: the study, its visits, periods, events, activities, and what is blinded."""
    study = protocol.study
    yield from (study.id, study.registry)
    for text in (study.sponsor, study.title):
        for said in text.by_language.values() if text is not None else ():
            yield from _words(said)
    rules: list[PlannedVisit | PlannedPeriod] = [*protocol.visits, *protocol.periods]
    yield from (name for rule in rules for name in (rule.rule, rule.id))
    yield from (*protocol.events, *(activity.id for activity in protocol.activities))
    labels = [period.label for period in protocol.periods] + [activity.label for activity in protocol.activities]
    yield from (said for label in labels if label is not None for said in label.by_language.values())
    for fact in protocol.facts.values():
        if fact.blinded:
            yield from _answers(fact)


def _answers(fact: Fact) -> Iterator[str]:
    """The answers nobody may know: by themselves, and after what is asked ("arm A")."""
    asked = [fact.id, *(fact.label.by_language.values() if fact.label is not None else ())]
    for value in fact.values:
        if len(value) > 1 and not value.isdigit():
            yield value
        yield from (f"{name} {value}" for name in asked)


def _words(said: str) -> Iterator[str]:
    """The words of a title or a name that are not everybody's: of Chinese, which writes none apart, so many characters in a row."""
    said = _plain(said)
    for word in re.findall(rf"[^\W_{_HAN}](?:[^\W_{_HAN}]|[-‐]+(?=[^\W_{_HAN}]))*", said):
        if len(word) > _GRAM or (len(word) > 1 and word == word.upper()):
            yield word
    for run in re.findall(f"[{_HAN}]+", _BETWEEN_WORDS.sub(" ", said)):
        grams = (run[first : first + _GRAM] for first in range(len(run) - _GRAM + 1))
        yield from (gram for gram in grams if not _COMMON_HAN.search(gram))


def _says_nothing(name: str) -> bool:
    """Whether a name is too short to be found, or is made of words that are everybody's."""
    if len(_compact(_plain(name))) < 2 or name.isdigit():
        return True
    return {word.casefold() for word in re.findall(r"[^\W_]+", name)} <= _COMMON


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _compact(text: str) -> str:
    """Its letters and figures alone."""
    return "".join(filter(str.isalnum, text)).casefold()


@lru_cache(maxsize=1_000)
def _pattern(name: str) -> re.Pattern[str]:
    """A name, however it is put together, with any numbers for its counters."""
    apart = r"[\W_]{0,2}"
    parts = [apart.join(map(re.escape, filter(str.isalnum, part))) for part in COUNTER.split(_plain(name))[::2]]
    whole = rf"{apart}\d+{apart}".join(parts).removeprefix(apart).removesuffix(apart)
    before = "" if re.match(f"[{_HAN}]", whole) else _BEFORE
    after = "" if re.search(f"[{_HAN}]$", whole) else _AFTER
    return re.compile(before + whole + after, re.IGNORECASE)
