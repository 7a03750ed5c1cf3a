"""A timeline to SVG: plain shapes and lines in black, told apart by their form, so that it prints on any printer.

Every text is escaped, nothing refers to anything outside, and the same timeline gives the same bytes. All lengths are in the drawing's
own unit: a pixel on a screen, a point on paper.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from scheduler.views.timeline import Lane, Span, Timeline, parts

FONTS = "Visit Sans, Visit Sans SC, Noto Sans, Noto Sans SC, PingFang SC, Microsoft YaHei, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a timeline is drawn: the width of a day, the size of the text, the height of a lane."""

    day: float
    text: float
    lane: float


SCREEN = Size(day=1.4, text=13, lane=24)
_TEXT, _LANE = 8.5, 17.0  # points, on paper
_ROOM = {
    "A4": (765.0, 22),
    "Letter": (715.0, 23),
}  # the points from side to side between the margins, and the lines that have room below


def fitting(view: Timeline, width: float, text: float, lane: float) -> Size:
    """The size that makes a timeline so wide."""
    free = width - _names(view, text) - _beyond(text) - text
    return Size(day=free / view.days, text=text, lane=lane)


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """One drawing, and what it shows for those who do not see it."""

    svg: str
    about: str


@dataclass(frozen=True, slots=True)
class TimelinePaper:
    """A timeline on paper, in as many drawings as it wants pages. `mark` and `footer` stand on every page."""

    language: str
    paper: str
    title: str
    notice: str
    study: str
    blinded: str
    pages: tuple[DrawnPage, ...]
    mark: str
    footer: str
    words: Mapping[str, str]


def timeline_paper(view: Timeline, paper: str, footer: str) -> TimelinePaper:
    """A timeline on landscape paper of a site."""
    width, lines = _ROOM[paper]
    return TimelinePaper(
        language=view.language,
        paper=paper,
        title=view.title,
        notice=view.notice,
        study=view.study,
        blinded=view.blinded,
        pages=tuple(DrawnPage(timeline_svg(part, fitting(part, width, _TEXT, _LANE)), part.about) for part in parts(view, lines)),
        mark=" · ".join([view.title, view.today_line]),
        footer=footer,
        words={},
    )


def timeline_svg(view: Timeline, size: Size = SCREEN, *, whole: bool = False) -> str:
    """The drawing; the `whole` file also says what it is, and can stand alone."""
    return "\n".join(_Drawing(view, size, whole=whole).lines()) + "\n"


def _names(view: Timeline, text: float) -> float:
    """How much room the names of participants want; Han characters are as wide as they are high."""
    widths = [
        sum(1 if ord(character) > 0x2E80 else 0.62 for character in lane.participant)
        for site in view.sites
        for lane in site.lanes
    ]
    return text * (max(widths, default=0) + 1) + _beyond(text)


def _beyond(text: float) -> float:
    """The room for how many visits lie outside."""
    return text * 2.5


class _Drawing:
    def __init__(self, view: Timeline, size: Size, *, whole: bool) -> None:
        self.view = view
        self.size = size
        self.whole = whole
        self.left = _names(view, size.text)
        self.right = self.left + view.days * size.day
        self.width = self.right + _beyond(size.text) + size.text
        self.head = 4 * size.text * 1.5 if whole else 0.0
        self.top = self.head + size.text * 4.7
        count = sum(len(site.lanes) + 1 for site in view.sites)
        self.bottom = self.top + count * size.lane
        self.legend = list(self._places_of_signs())
        self.height = self.bottom + (len({row for row, _, _, _ in self.legend}) + 0.6) * size.text * 1.7

    def lines(self) -> Iterator[str]:
        view, size = self.view, self.size
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}" height="{_n(self.height)}" viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
            f' role="img" aria-labelledby="timeline-title timeline-about" lang="{escape(view.language)}"'
            f' font-family="{FONTS}" font-size="{_n(size.text)}" fill="#000" stroke="none">'
        )
        yield f'<title id="timeline-title">{escape(view.title)}</title>'
        yield f'<desc id="timeline-about">{escape(view.about)}</desc>'
        if self.whole:
            yield f'<rect width="{_n(self.width)}" height="{_n(self.height)}" fill="#fff"/>'
            for number, line in enumerate(filter(None, (view.notice, view.title, view.study, view.blinded))):
                yield self._text(size.text / 2, (number + 1) * size.text * 1.5, line, bold=number == 0)
        yield from self._axis()
        y = self.top
        for site in view.sites:
            yield self._text(size.text / 2, y + size.lane * 0.7, site.site, bold=True)
            y += size.lane
            for lane in site.lanes:
                yield from self._lane(lane, y)
                y += size.lane
        yield from self._today()
        for row, x, kind, text in self.legend:
            yield from self._sign(self.bottom + (row + 1.1) * size.text * 1.7, x, kind, text)
        yield "</svg>"

    def x(self, day: float) -> float:
        """Where a day begins."""
        return self.left + day * self.size.day

    # -- axis

    def _axis(self) -> Iterator[str]:
        size = self.size
        base = self.top - size.text * 0.5
        grid = "".join(f"M{_n(self.x(tick.day))} {_n(base)}V{_n(self.bottom)}" for tick in self.view.ticks)
        yield f'<path d="{grid}" fill="none" stroke="#000" stroke-width=".3" stroke-dasharray="1 2"/>'
        yield f'<path d="M{_n(self.left)} {_n(base)}H{_n(self.right)}" fill="none" stroke="#000"/>'
        for tick in self.view.ticks:
            if tick.year:
                yield self._text(self.x(tick.day) + 1, base - size.text * 1.5, tick.year, bold=True)
            yield self._text(self.x(tick.day) + 1, base - size.text * 0.35, tick.month)

    def _today(self) -> Iterator[str]:
        x = _n(self.x(self.view.today + 0.5))
        yield f'<path d="M{x} {_n(self.top - self.size.text * 0.5)}V{_n(self.bottom)}" fill="none" stroke="#000" stroke-width="1.6"/>'
        anchor = "end" if self.x(self.view.today) > self.width * 0.8 else "start"
        yield self._text(
            self.x(self.view.today), self.top - self.size.text * 3.6, f"▼ {self.view.today_line}", anchor=anchor, bold=True
        )

    # -- lanes

    def _lane(self, lane: Lane, y: float) -> Iterator[str]:
        size, middle = self.size, y + self.size.lane / 2
        base = middle + size.text * 0.35
        yield f'<path d="M{_n(size.text / 2)} {_n(y)}H{_n(self.width)}" fill="none" stroke="#000" stroke-width=".3"/>'
        yield self._text(size.text / 2, base, lane.participant)
        if lane.before:
            yield self._text(self.left - size.text * 0.4, base, lane.before, anchor="end")
        if lane.after:
            yield self._text(self.right + size.text * 0.4, base, lane.after)
        for span in lane.spans:
            yield self._span(span, middle)
        for mark in lane.marks:
            yield f"<g><title>{escape(mark.title)}</title>{self._mark(mark.kind, self.x(mark.day + 0.5), middle)}</g>"

    def _span(self, span: Span, middle: float) -> str:
        first, last = self.x(span.first), self.x(span.last + 1)
        return f"<g><title>{escape(span.title)}</title>{self._bar(span.kind, first, max(last, first + 1.5), middle)}</g>"

    def _bar(self, kind: str, first: float, last: float, middle: float) -> str:
        """A stay is a bar of upright strokes, a window an outline of dashes."""
        half = self.size.text * (0.5 if kind == "stay" else 0.32)
        box = f'x="{_n(first)}" y="{_n(middle - half)}" width="{_n(last - first)}" height="{_n(2 * half)}"'
        if kind == "window":
            return f'<rect {box} fill="#fff" stroke="#000" stroke-width=".8" stroke-dasharray="2 1.5"/>'
        step = self.size.text / 5
        count = int((last - first) / step)
        strokes = "".join(f"M{_n(first + number * step)} {_n(middle - half)}v{_n(2 * half)}" for number in range(1, count + 1))
        return f'<rect {box} fill="#fff" stroke="#000"/><path d="{strokes}" fill="none" stroke="#000" stroke-width=".8"/>'

    def _mark(self, kind: str, x: float, y: float) -> str:
        """Round is a visit: filled when done, hollow when planned; booked is half of each; a cross was missed; a wedge is the anchor."""
        r = self.size.text * 0.34
        ring = 'stroke="#fff" stroke-width="1"'
        if kind == "done":
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" {ring}/>'
        if kind == "planned":
            return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="#fff" stroke="#000" stroke-width="1.2"/>'
        if kind == "booked":
            half = f"M{_n(x - r)} {_n(y)}A{_n(r)} {_n(r)} 0 0 0 {_n(x + r)} {_n(y)}Z"
            return (
                f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="#fff" stroke="#000" stroke-width="1.2"/><path d="{half}"/>'
            )
        if kind == "missed":
            cross = f"M{_n(x - r)} {_n(y - r)}L{_n(x + r)} {_n(y + r)}M{_n(x - r)} {_n(y + r)}L{_n(x + r)} {_n(y - r)}"
            return f'<path d="{cross}" fill="none" stroke="#fff" stroke-width="4"/><path d="{cross}" fill="none" stroke="#000" stroke-width="2"/>'
        if kind == "left":
            return f'<path d="M{_n(x - 1.5)} {_n(y - 2 * r)}v{_n(4 * r)}m3 0v{_n(-4 * r)}" fill="none" stroke="#000" stroke-width="1.4"/>'
        wedge = f"M{_n(x)} {_n(y - 1.5 * r)}L{_n(x + 1.4 * r)} {_n(y + 1.1 * r)}H{_n(x - 1.4 * r)}Z"
        return f'<path d="{wedge}" {ring}/>'

    # -- what the signs mean

    def _places_of_signs(self) -> Iterator[tuple[int, float, str, str]]:
        """Each sign with its row and place, as many in a row as there is room for."""
        row, x = 0, self.size.text / 2
        for kind, text in self.view.signs:
            wide = self.size.text * (3.5 + sum(1 if ord(character) > 0x2E80 else 0.6 for character in text))
            if x + wide > self.width and x > self.size.text:
                row, x = row + 1, self.size.text / 2
            yield row, x, kind, text
            x += wide

    def _sign(self, y: float, x: float, kind: str, text: str) -> Iterator[str]:
        size, middle = self.size, y - self.size.text * 0.35
        if kind in ("stay", "window"):
            yield self._bar(kind, x, x + size.text * 1.6, middle)
        else:
            yield self._mark(kind, x + size.text * 0.8, middle)
        yield self._text(x + size.text * 2, y, text)

    def _text(self, x: float, y: float, text: str, *, bold: bool = False, anchor: str = "start") -> str:
        more = (' font-weight="bold"' if bold else "") + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        return f'<text x="{_n(x)}" y="{_n(y)}"{more}>{escape(text)}</text>'


def _n(length: float) -> str:
    """A length, to a tenth of a unit: the same text on every machine."""
    return f"{length:.1f}".removesuffix(".0")
