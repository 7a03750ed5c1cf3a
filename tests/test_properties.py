"""What must hold of every protocol and every date: properties, and a second way to compute the same thing."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

from conftest import EXAMPLE, protocol_of
from dateutil.relativedelta import relativedelta
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from scheduler.facts.records import Participant, Recorded, Status
from scheduler.language import parser
from scheduler.language.moments import Offset, add_months
from scheduler.language.syntax import (
    AllOf,
    Answered,
    AnyOf,
    Around,
    Bound,
    Bracket,
    Choice,
    Compare,
    Count,
    Direction,
    Duration,
    Each,
    Enclosed,
    End,
    EndKind,
    Exact,
    Facet,
    FromTo,
    Given,
    Holds,
    Is,
    Label,
    LabelList,
    LabelUnit,
    Limit,
    MoreThan,
    Moves,
    Not,
    NoWindow,
    Number,
    Order,
    Otherwise,
    Pick,
    Positions,
    Range,
    Reference,
    Series,
    Side,
    Sides,
    Step,
    Stretch,
    Sum,
    SumList,
    Times,
    Unit,
    Until,
    Which,
    Whose,
    Within,
)
from scheduler.protocol.reader import read_protocol
from scheduler.reading.problems import NotUnderstood, ProblemsError, SchedulerError
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule

PROTOCOL = (EXAMPLE / "protocol.yaml").read_bytes()
STUDY = read_protocol(PROTOCOL, "protocol.yaml")

days = st.dates(date(1950, 1, 1), date(2150, 12, 31))

# -- expressions

names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,6}([.-][A-Za-z0-9]{1,4})?", fullmatch=True).filter(lambda name: _is_name(name))
units = st.sampled_from(Unit)


def _is_name(name: str) -> bool:
    try:
        parser.parse_name(name)
    except NotUnderstood:
        return False
    return True


@st.composite
def amounts(draw: st.DrawFn, unit: Unit) -> Decimal:
    if unit.splits and draw(st.booleans()):
        return draw(st.decimals("0.1", "99", places=1, allow_nan=False))
    return Decimal(draw(st.integers(0, 999)))


@st.composite
def durations(draw: st.DrawFn) -> Duration:
    unit = draw(units)
    return Duration(draw(amounts(unit)), unit)


labels = st.builds(Label, st.sampled_from(LabelUnit), st.integers(-999, 999))
references = st.builds(Reference, names, st.sampled_from([None, *Pick]), st.sampled_from([None, *Facet]))
answered = st.builds(Answered, names)


@st.composite
def sums(draw: st.DrawFn, terms: st.SearchStrategy[Label | Reference | Choice | Bracket]) -> object:
    lengths = sorted(draw(st.lists(durations(), max_size=3)), key=lambda duration: -duration.unit.rank)
    steps = [Step(draw(st.sampled_from([1, -1])), duration) for duration in lengths]
    if draw(st.integers(0, 4)) == 4:
        days = next((number for number, length in enumerate(lengths) if length.unit.rank < Unit.MONTH.rank), len(steps))
        steps.insert(days, Step(draw(st.sampled_from([1, -1])), draw(answered)))  # an answer counts days
    term = draw(terms)
    if isinstance(term, Label) and term.unit in (LabelUnit.DAY, LabelUnit.WEEK):
        steps = [
            step for step in steps if getattr(step.duration, "unit", Unit.DAY) not in (Unit.MONTH, Unit.YEAR)
        ]  # refused: which comes first?
    return Sum(term, tuple(steps)) if steps else term


def extend(points: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    choices = st.builds(Choice, st.sampled_from(Which), st.lists(points, min_size=2, max_size=3).map(tuple))
    terms = st.one_of(labels, references, choices, st.builds(Bracket, points))
    return st.one_of(sums(terms), st.builds(Otherwise, sums(terms), sums(terms)))


points = st.recursive(sums(st.one_of(labels, references)), extend, max_leaves=6)
of_others = st.builds(Whose, st.sampled_from([Pick.PREVIOUS, Pick.FIRST]), names)
theirs = st.builds(
    Reference, names, st.sampled_from([None, *Pick]), st.sampled_from([None, *Facet]), whose=st.one_of(st.none(), of_others)
)
points_between = st.recursive(sums(st.one_of(labels, theirs)), extend, max_leaves=6)
label_lists = st.builds(LabelList, st.sampled_from(LabelUnit), st.lists(st.integers(-99, 99), min_size=2, max_size=4).map(tuple))


@st.composite
def sum_lists(draw: st.DrawFn) -> SumList:
    unit = draw(units)
    several = draw(st.lists(amounts(unit), min_size=2, max_size=4))
    return SumList(draw(st.one_of(references, labels)), draw(st.sampled_from([1, -1])), tuple(several), unit)


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    unit = draw(units)
    low, high = sorted(draw(st.tuples(st.integers(-99, 99), st.integers(-99, 99))))

    def side(amount: int) -> Side:
        return Side((amount > 0) - (amount < 0), Decimal(abs(amount)), unit)

    which = draw(st.sampled_from(["both", "low", "high"]))
    return Sides(None if which == "high" else side(low), None if which == "low" else side(high))


@st.composite
def counts(draw: st.DrawFn) -> Count:
    unit = draw(units)
    low, high = sorted(draw(st.tuples(amounts(unit), amounts(unit))))
    return Count(low, high, unit, draw(st.sampled_from(Direction)), draw(points))  # type: ignore[arg-type]


windows = st.one_of(
    st.just(NoWindow()),
    st.just(Exact()),
    st.builds(Around, durations()),
    sides(),
    st.builds(FromTo, points, st.one_of(st.none(), points)),
    st.builds(FromTo, st.none(), points),
    st.builds(Within, durations(), st.sampled_from(Direction), points),
    counts(),
)
ranges = st.one_of(
    st.builds(Range, st.integers(0, 99), st.none()),
    st.integers(0, 50).flatmap(lambda low: st.builds(Range, st.just(low), st.integers(low, 99))),
)
sets = st.one_of(
    st.builds(Is, names, st.lists(st.one_of(names, ranges), min_size=1, max_size=3).map(tuple)),
    st.builds(Is, names, st.tuples(names, ranges), st.integers(1, 9)),
)
operands = st.one_of(st.builds(Number, amounts(Unit.DAY)), durations(), sums(references))
questions = st.one_of(
    st.builds(Holds, names),
    sets,
    st.builds(Compare, operands, st.sampled_from(Order), operands),
    st.builds(MoreThan, durations(), points, points),
)


def conditions_of(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    atoms = st.one_of(questions, st.builds(Enclosed, inner), st.builds(Not, st.one_of(questions, st.builds(Enclosed, inner))))
    several = st.lists(atoms, min_size=2, max_size=3).map(tuple)
    return st.one_of(atoms, st.builds(AllOf, several), st.builds(AnyOf, several))


conditions = st.recursive(questions, conditions_of, max_leaves=5)


@st.composite
def steps_of_series(draw: st.DrawFn) -> Duration:
    duration = draw(durations())
    return duration if duration.amount else Duration(Decimal(1), duration.unit)


untils = st.builds(Until, st.lists(points, min_size=1, max_size=2).map(tuple))
ends = st.one_of(untils, st.builds(Times, st.integers(1, 2000)))
stretches = st.builds(Stretch, steps_of_series(), st.one_of(st.none(), ends))


@st.composite
def series(draw: st.DrawFn) -> Series:
    parts = draw(st.lists(stretches, max_size=3).map(tuple))
    closed = not parts or parts[-1].ends is not None
    start = draw(st.one_of(points, label_lists, sum_lists()))
    return Series(start, parts, draw(ends) if closed else None)  # type: ignore[arg-type]


@given(
    st.one_of(st.just(Given()), st.builds(Each, names), label_lists, sum_lists(), points, series()),
)
def test_parsing_a_printed_date_gives_it_back(at: object) -> None:
    assert parser.parse_at(str(at)) == at


@given(windows)
def test_parsing_a_printed_window_gives_it_back(window: object) -> None:
    assert parser.parse_window(str(window)) == window


moves = st.one_of(
    st.just(Moves(never=True)),
    st.builds(Moves, st.just(False), st.one_of(st.just(""), names), st.one_of(st.none(), st.integers(0, 9))),
)


@given(moves)
def test_parsing_a_printed_move_gives_it_back(move: Moves) -> None:
    assert parser.parse_moves(str(move)) == move


@given(conditions)
def test_parsing_a_printed_condition_gives_it_back(condition: object) -> None:
    assert parser.parse_condition(str(condition)) == condition


@given(st.builds(Limit, st.sampled_from(Bound), points), st.builds(End, st.sampled_from(EndKind), points))
def test_parsing_a_printed_limit_or_end_gives_it_back(limit: Limit, end: End) -> None:
    assert parser.parse_limit(str(limit)) == limit
    assert parser.parse_end(str(end)) == end


@given(st.builds(Limit, st.sampled_from(Bound), points_between))
def test_parsing_a_printed_limit_between_participants_gives_it_back(limit: Limit) -> None:
    assert parser.parse_limit_between(str(limit)) == limit


places = st.one_of(
    st.integers(1, 99).map(str),
    st.builds(Range, st.integers(1, 99), st.none()),
    st.integers(1, 50).flatmap(lambda low: st.builds(Range, st.just(low), st.integers(low, 99))),
)


@given(st.builds(Positions, st.lists(places, min_size=1, max_size=3).map(tuple)))
def test_parsing_printed_positions_gives_them_back(positions: Positions) -> None:
    assert parser.parse_positions(str(positions)) == positions


@given(st.text(max_size=60))
@example("earlier of (")
@example("Day")
@example("±")
@example("1 to")
def test_no_text_breaks_the_parser(text: str) -> None:
    readers = (parser.parse_at, parser.parse_window, parser.parse_condition, parser.parse_limit, parser.parse_end)
    for parse in (*readers, parser.parse_limit_between, parser.parse_positions):
        try:
            parse(text)
        except NotUnderstood as error:
            assert 0 <= error.offset <= len(text)


# -- the reader


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    try:
        read_protocol(data, "p.yaml")
    except ProblemsError as error:
        assert error.problems


pieces = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [b"{", b"}", b"[", b"- ", b": ", b"\n", b"\t", b'"', b"&a ", b"*a", b"!x ", b"#", b"\xe4\xb8\xad", b"Day 3", b"given"]
    ),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, len(PROTOCOL)), st.integers(0, 60), pieces)
def test_no_change_of_a_good_file_breaks_the_reader(start: int, length: int, piece: bytes) -> None:
    try:
        read_protocol(PROTOCOL[:start] + piece + PROTOCOL[start + length :], "p.yaml")
    except ProblemsError as error:
        assert all(problem.place.file == "p.yaml" for problem in error.problems)


# -- dates


def schedule(infusion: date) -> Schedule:
    dates = {"infusion": infusion, "enrolment": infusion - timedelta(14)}
    return expand(STUDY, Participant.planned("P", dates, {"lymphodepletion": True, "childbearing": True}))


@given(days, st.integers(-400, 400))
def test_day_counted_visits_move_with_the_infusion(infusion: date, shift: int) -> None:
    before, after = schedule(infusion), schedule(infusion + timedelta(shift))
    for name in ("LD1", "D14", "D28"):
        old, new = before.visit(name), after.visit(name)
        assert old.target is not None
        assert new.target == old.target + timedelta(shift)
        assert new.study_day == old.study_day


@given(days)
def test_a_target_lies_inside_a_window_around_it(infusion: date) -> None:
    for visit in schedule(infusion).visits:
        if visit.target is not None and visit.earliest is not None and visit.latest is not None:
            assert visit.earliest <= visit.target <= visit.latest


@given(days)
def test_expanding_twice_gives_the_same(infusion: date) -> None:
    assert schedule(infusion) == schedule(infusion)


@given(days, st.integers(1, 24))
def test_months_of_one_expression_are_applied_together(infusion: date, months: int) -> None:
    protocol = protocol_of(
        f"""
        visits:
          - {{id: infusion, at: given}}
          - {{id: A, at: Month {months}}}
          - {{id: B, at: infusion + {months} months}}
          - {{id: C, at: Month {months - 1} + 1 month}}
          - {{id: D, at: infusion + 1 year - {12 - months if months <= 12 else 0} months + 0 days}}
        """
    )
    made = expand(protocol, Participant.planned("P", {"infusion": infusion}))
    targets = {made.visit(name).target for name in ("A", "B", "C")}
    assert len(targets) == 1
    if months <= 12:
        assert made.visit("D").target in targets


def independent_month(day: date, months: int) -> date:
    """Months counted one at a time on a wall calendar, and then the day, or the last one the month has."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def test_months_agree_with_a_wall_calendar_and_with_the_library_over_400_years() -> None:
    """Every day of a whole Gregorian cycle that could be clipped, and every first of a month."""
    day, end = date(1900, 1, 1), date(2300, 1, 1)
    while day < end:
        if day.day in (1, 28, 29, 30, 31):
            for months in (1, 3, 6, 12, 24, -1):
                moved = add_months(day, months)
                assert moved == independent_month(day, months), (day, months)
                if months == 3:
                    assert moved == day + relativedelta(months=months)
        day += timedelta(1)


# -- circles

NAMES = ("A", "B", "C")
references_to = st.sampled_from(
    [
        f"{name}{facet} {sign} {days} days"
        for name in NAMES
        for facet in ("", ".latest", ".target")
        for sign in "+-"
        for days in (1, 9)
    ]
    + ["Day 5", "p.start + 1 day", "p.end + 1 day", "e + 2 days", "earlier of (A and Day 9)", "e else B"]
)
windows_of = st.one_of(
    st.sampled_from(["±2 days", "exact", "within 9 days before e"]),
    st.builds("from {} to {}".format, references_to, references_to),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(references_to, windows_of), min_size=3, max_size=3), references_to, references_to, st.booleans())
def test_what_is_accepted_can_be_dated(rules: list[tuple[str, str]], start: str, end: str, event: bool) -> None:
    """No circle is overlooked: a protocol that passes the checks is dated, or waits, for everybody."""
    visits = "".join(f"  - {{id: {name}, at: {at}, window: {window}}}\n" for name, (at, window) in zip(NAMES, rules, strict=True))
    text = (
        f"study: {{id: X, title: X, anchor: infusion, day_numbering: day 0}}\nevents: {{e: {{}}}}\n"
        f"visits:\n  - {{id: infusion, at: given}}\n{visits}periods:\n  - {{id: p, kind: stay, from: {start}, to: {end}}}\n"
    )
    try:
        protocol = read_protocol(text.encode(), "p.yaml")
    except ProblemsError:
        return
    dates = {"infusion": date(2026, 3, 2)} | ({"e": date(2026, 4, 1)} if event else {})
    assert len(expand(protocol, Participant.planned("P", dates)).visits) == 4


# -- the whole language at once

SERIES = st.sampled_from(
    [
        "Day 5",
        "Day 2/9/16",
        "Day 7 then every 7 days 4 times",
        "Day 7 then every 7 days until Day 40 then every 1 month until e",
        "Month 1 then every 1 month until e or Month 5",
        "e + 3 days",
        "each e",
        "previous B + 4 days else Day 3",
        "last A + 2 days",
        "earlier of (e and Day 20)",
        "infusion + length",
    ]
)
WINDOWS = st.sampled_from(["±2 days", "exact", "from Day 1 to e", "within 3 days after e", "2 to 9 days after infusion"])
EXTRAS = st.sampled_from(
    [
        "",
        ", until: e",
        ", when: not yes",
        ", when: g is 2 onwards",
        ", limits: not before previous B + 3 days",
        ", moves: with previous if late",
        ", missed: never",
        ", yields to: A",
        ", allowance: {window: .. +9 days, for: x}, missed after: 5 days",
    ]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.tuples(SERIES, WINDOWS, EXTRAS),
    st.tuples(SERIES, WINDOWS, EXTRAS),
    st.tuples(SERIES, EXTRAS),
    st.lists(st.integers(0, 120), max_size=3),
    st.sampled_from([{}, {"yes": True, "length": Offset(days=9, whole_days=True)}]),
)
def test_whatever_loads_is_dated_or_says_what_is_wrong(
    first: tuple[str, str, str],
    second: tuple[str, str, str],
    group: tuple[str, str],
    events: list[int],
    answers: dict[str, object],
) -> None:
    """Every protocol that passes the checks is expanded, twice to the same, or refused with a reason a person can act on."""
    (at_a, window_a, extra_a), (at_b, window_b, extra_b), (at_g, extra_g) = first, second, group
    text = (
        "study: {id: X, title: X, anchor: infusion, day_numbering: day 0, month: calendar}\n"
        "facts: {yes: yes or no, length: duration}\nevents: {e: {may not happen: yes}}\nvisits:\n  - {id: infusion, at: given}\n"
        f"  - {{id: A, at: {at_a}, window: {window_a}{extra_a}}}\n"
        f"  - {{id: g, at: {at_g}{extra_g.partition(', yields')[0]}, "
        f"visits: [{{id: B, at: {at_b}, window: {window_b}{extra_b}}}, {{id: C, at: Day 0}}]}}\n"
    )
    try:
        protocol = read_protocol(text.encode(), "p.yaml")
    except ProblemsError:
        return
    start = date(2026, 1, 31)
    recorded: dict[str, tuple[Recorded, ...]] = {"infusion": (Recorded(start, Status.ACTUAL),)}
    if events:
        recorded["e"] = tuple(Recorded(start + timedelta(day), Status.ACTUAL) for day in sorted(set(events)))
    person = Participant(id="P", recorded=recorded, answers=answers)  # type: ignore[arg-type]
    try:
        made = expand(protocol, person)
    except SchedulerError:
        return
    assert made == expand(protocol, person)
    assert len({visit.id for visit in made.visits}) == len(made.visits)
    for visit in made.visits:
        if visit.opens and visit.closes and visit.day and not visit.empty and visit.target is None:
            assert visit.opens <= visit.day <= visit.closes
