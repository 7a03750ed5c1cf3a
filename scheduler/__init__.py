"""Visit schedules, study calendars and visit sheets from one protocol file.

The names below are the public ones; each is loaded when it is first used, so that `import scheduler` stays light.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scheduler.about import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from scheduler.calendars.issue import to_ics
    from scheduler.calendars.writer import to_icalendar
    from scheduler.facts.records import Outcome, Participant, Recorded, Site, Status, VisitRecord
    from scheduler.protocol.records import Protocol
    from scheduler.reading.problems import Problem, ProblemsError, SchedulerError
    from scheduler.schedule.expand import expand
    from scheduler.schedule.records import Period, Schedule, Visit
    from scheduler.study.files import load_protocol
    from scheduler.study.folder import Study, load_study

_HOMES = {
    "Outcome": "scheduler.facts.records",
    "Participant": "scheduler.facts.records",
    "Period": "scheduler.schedule.records",
    "Problem": "scheduler.reading.problems",
    "ProblemsError": "scheduler.reading.problems",
    "Protocol": "scheduler.protocol.records",
    "Recorded": "scheduler.facts.records",
    "Schedule": "scheduler.schedule.records",
    "SchedulerError": "scheduler.reading.problems",
    "Site": "scheduler.facts.records",
    "Status": "scheduler.facts.records",
    "Study": "scheduler.study.folder",
    "Visit": "scheduler.schedule.records",
    "VisitRecord": "scheduler.facts.records",
    "expand": "scheduler.schedule.expand",
    "load_protocol": "scheduler.study.files",
    "load_study": "scheduler.study.folder",
    "to_icalendar": "scheduler.calendars.writer",
    "to_ics": "scheduler.calendars.issue",
}

__all__ = [
    "Outcome",
    "Participant",
    "Period",
    "Problem",
    "ProblemsError",
    "Protocol",
    "Recorded",
    "Schedule",
    "SchedulerError",
    "Site",
    "Status",
    "Study",
    "Visit",
    "VisitRecord",
    "expand",
    "load_protocol",
    "load_study",
    "to_icalendar",
    "to_ics",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
