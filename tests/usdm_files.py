"""USDM files for tests: a small study in JSON, made from short records, so that a test can change one thing in it."""

from __future__ import annotations

import json
from typing import Any

from scheduler.exchange.drafting import protocol_text
from scheduler.exchange.records import Draft
from scheduler.exchange.usdm import read
from scheduler.protocol.reader import read_protocol
from scheduler.protocol.records import Protocol

Json = dict[str, Any]

_KINDS = {"After": "C201356", "Before": "C201357", "Fixed Reference": "C201358"}
_ENDS = {"Start to Start": "C201355", "End to Start": "C201353"}


def code(decode: str, code: str = "") -> Json:
    return {"code": code or decode, "decode": decode}


def timing(of: str, to: str, kind: str, value: str, window: str = "", ends: str = "Start to Start", **more: Any) -> Json:
    """A timing; `window` is lower, upper and label: `P3D P3D -3..3 days`."""
    lower, upper, label = [*window.split(" ", 2), "", "", ""][:3]
    made = {
        "id": f"T-{of}",
        "name": f"T-{of}",
        "type": code(kind, _KINDS.get(kind, "")),
        "value": value,
        "valueLabel": value,
        "relativeToFrom": code(ends, _ENDS.get(ends, "")),
        "relativeFromScheduledInstanceId": of,
        "relativeToScheduledInstanceId": to,
        "windowLabel": label,
    }
    if lower:
        made |= {"windowLower": lower, "windowUpper": upper}
    return made | more


def instance(
    id: str, after: str = "", encounter: str = "", activities: tuple[str, ...] = (), epoch: str = "", **more: Any
) -> Json:
    return {
        "id": id,
        "name": id,
        "label": f"Instance {id}",
        "defaultConditionId": after or None,
        "encounterId": encounter or None,
        "epochId": epoch or None,
        "activityIds": list(activities),
        "instanceType": "ScheduledActivityInstance",
    } | more


def encounter(id: str, label: str, mode: tuple[str, ...] = ("In Person",), setting: str = "Clinic", **more: Any) -> Json:
    return {
        "id": id,
        "name": id,
        "label": label,
        "contactModes": [code(each) for each in mode],
        "environmentalSettings": [code(setting)] if setting else [],
    } | more


def timeline(id: str, instances: list[Json], timings: list[Json], *, main: bool = False, **more: Any) -> Json:
    return {
        "id": id,
        "name": id,
        "mainTimeline": main,
        "entryCondition": f"{id} begins",
        "entryId": instances[0]["id"],
        "plannedDuration": {"id": "D"},
        "instances": instances,
        "timings": timings,
    } | more


def small() -> Json:
    """Screening, Day 1, Week 2 with a call a week later, Month 6; early termination; levels of a drug; two arms and two epochs."""
    main = timeline(
        "MAIN",
        [
            instance("SCR", "D1", "E-SCR", ("A-consent", "A-vitals"), "screening"),
            instance("D1", "W2", "E-D1", ("A-dose", "A-PK", "A-vitals"), "treatment"),
            instance("W2", "CALL", "E-W2", ("A-vitals",), "treatment"),
            instance("CALL", "M6", "E-W2", (), "treatment"),
            instance("M6", "", "E-M6", ("A-vitals",), "treatment", timelineExitId="X"),
        ],
        [
            timing("SCR", "D1", "Before", "P28D", "P0D P27D 0..27 days"),
            timing("D1", "D1", "Fixed Reference", "P1D"),
            timing("W2", "D1", "After", "P2W", "P3D P3D -3..3 days"),
            timing("CALL", "W2", "After", "P1W"),
            timing("M6", "D1", "After", "P6M", "P1W P2W -1..2 weeks"),
        ],
        main=True,
    )
    stop = timeline(
        "STOP",
        [instance("ET", "", "E-ET", ("A-vitals",))],
        [timing("ET", "ET", "Fixed Reference", "P1D")],
        entryCondition="The patient stops",
    )
    levels = timeline(
        "LEVELS",
        [instance("L0", "L1", "", ("A-PK",)), instance("L1", "L2", "", ("A-PK",)), instance("L2", "", "", ("A-PK",))],
        [
            timing("L0", "L0", "Fixed Reference", "PT0M"),
            timing("L1", "L0", "After", "PT30M", "PT5M PT5M -5..5 minutes"),
            timing("L2", "L1", "After", "PT3H30M"),
        ],
        entryCondition="The dose is given",
    )
    design = {
        "id": "SD",
        "blindingSchema": {"standardCode": code("Double Blind Study")},
        "arms": [{"id": "AA", "name": "A", "label": "Active"}, {"id": "AB", "name": "B", "label": "Placebo"}],
        "epochs": [
            {"id": "screening", "name": "screening", "label": "Screening", "nextId": "treatment"},
            {"id": "treatment", "name": "treatment", "label": "Treatment"},
        ],
        "elements": [
            {"id": "EL1", "name": "EL1", "label": "Screen", "transitionStartRule": {"text": "Consent"}},
            {"id": "EL2", "name": "EL2", "label": "Dosing", "transitionStartRule": {"text": "First dose"}},
        ],
        "studyCells": [
            {"id": f"C{arm}{epoch}", "armId": arm, "epochId": epoch, "elementIds": [element]}
            for arm in ("AA", "AB")
            for epoch, element in (("screening", "EL1"), ("treatment", "EL2"))
        ],
        "encounters": [
            encounter("E-SCR", "Screening visit"),
            encounter("E-D1", "First dose", setting="Hospital"),
            encounter("E-W2", "Week 2", ("In Person", "Telephone Call")),
            encounter("E-M6", "Month 6", ("Telephone Call",), "", transitionEndRule={"text": "All questions are answered"}),
            encounter("E-ET", "Early termination"),
        ],
        "activities": [
            {"id": "A-consent", "name": "consent", "label": "Informed consent", "nextId": "A-dose"},
            {"id": "A-dose", "name": "dose", "label": "Dose", "nextId": "A-lab"},
            {"id": "A-lab", "name": "laboratory", "label": "Laboratory", "childIds": ["A-PK"], "nextId": "A-PK"},
            {"id": "A-PK", "name": "PK", "label": "Drug level", "timelineId": "LEVELS", "nextId": "A-vitals"},
            {"id": "A-vitals", "name": "vitals", "label": "Vital signs"},
        ],
        "scheduleTimelines": [main, stop, levels],
    }
    version = {
        "versionIdentifier": "3.0",
        "titles": [
            {"text": "A small <i>study</i>", "type": code("Official Study Title")},
            {"text": "SMALL", "type": code("Acronym")},
        ],
        "studyIdentifiers": [{"text": "NCT01234567"}],
        "organizations": [{"id": "O", "name": "Sponsor Ltd"}],
        "roles": [{"code": code("Sponsor"), "organizationIds": ["O"]}],
        "conditions": [{"id": "C1", "name": "C1", "text": "Women only", "contextIds": ["D1"], "appliesToIds": ["A-PK"]}],
        "studyDesigns": [design],
    }
    return {"study": {"name": "SMALL-1", "versions": [version]}, "usdmVersion": "4.0.0"}


def design_of(file: Json) -> Json:
    found: Json = file["study"]["versions"][0]["studyDesigns"][0]
    return found


def main_of(file: Json) -> Json:
    found: Json = design_of(file)["scheduleTimelines"][0]
    return found


def timing_of(file: Json, of: str) -> Json:
    found: Json = next(each for each in main_of(file)["timings"] if each["relativeFromScheduledInstanceId"] == of)
    return found


def drafted(file: Any) -> Draft:
    return read(json.dumps(file).encode(), "study.json")


def protocol_from(draft: Draft) -> Protocol:
    return read_protocol(protocol_text(draft), "protocol.yaml")
