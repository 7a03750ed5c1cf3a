"""What an amendment changes for everybody in a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.facts.records import Participant
from scheduler.language.moments import WorkingDays
from scheduler.reading.problems import SchedulerError, did_you_mean
from scheduler.schedule.amended import Version, merged
from scheduler.schedule.expand import expand
from scheduler.schedule.records import Schedule
from scheduler.study.folder import Study
from scheduler.views.difference import Impact, impact


@dataclass(frozen=True, slots=True)
class Amendment:
    """What becomes of each participant when a version of the protocol follows another.

    `missing` are the sites where it does not; `since` are the days from which it is in force at the others.
    """

    impacts: tuple[Impact, ...]
    missing: tuple[str, ...]
    since: Mapping[str, date]


def amendment(study: Study, before: str, after: str, effective: date | None = None) -> Amendment:
    """Compare what everybody does under the versions up to one with what they do once a later one is in force.

    With `effective`, the later one is taken to come into force on that day wherever `sites.yaml` names none.

    Raises SchedulerError when there is no such version, or somebody cannot be dated.
    """
    for name in (before, after):
        if name not in study.protocols:
            raise SchedulerError(f'there is no version "{name}" of the protocol{did_you_mean(name, study.protocols)}')
    if before == after:
        raise SchedulerError(f"{before} is compared with itself: name two versions")
    old, new = {}, {}
    for site in study.sites:
        old[site], new[site] = _versions(study, site, before, after, effective)
    impacts = [
        _impact(study, participant, old[participant.site], new[participant.site]) for participant in study.participants.values()
    ]
    missing = tuple(site for site in study.sites if not _has(new[site], after))
    if len(missing) == len(study.sites):
        raise SchedulerError(
            f"{after} is in force at no site (protocols: in sites.yaml): say --effective DATE to see what it would change"
        )
    since = {site: version.since for site in study.sites for version in new[site] if version.name == after}
    return Amendment(tuple(impacts), missing, since)


def _versions(
    study: Study, site: str, before: str, after: str, effective: date | None
) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
    """The versions of a site up to the one, and up to the other."""
    versions = study.versions(site)
    names = [version.name for version in versions]
    if after not in names and effective is not None and study.sites[site].protocols:
        versions = (*(each for each in versions if each.since < effective), Version(after, study.protocols[after], effective))
        names = [version.name for version in versions]
    if after not in names:
        return versions, versions
    if before in names and names.index(before) > names.index(after):
        raise SchedulerError(f"at {site}, {after} comes into force before {before}: name them the other way round")
    last = names.index(before) + 1 if before in names else names.index(after)
    followed = versions[: names.index(after) + 1]
    return (versions[:last] if last else followed), followed  # a site that begins with it has nothing to change


def _has(versions: Sequence[Version], name: str) -> bool:
    return any(version.name == name for version in versions)


def _impact(study: Study, participant: Participant, old: tuple[Version, ...], new: tuple[Version, ...]) -> Impact:
    """One participant's; what both have in common is dated once."""
    made: dict[str, Schedule] = {}
    for version in (*old, *new):
        if version.name not in made:
            made[version.name] = _dated(version, participant, study.open_days[participant.site])
    before = merged(old, [made[version.name] for version in old])
    after = before if old == new else merged(new, [made[version.name] for version in new])
    return impact(before, after, study.sites[participant.site], new[-1].since)


def _dated(version: Version, participant: Participant, working: WorkingDays) -> Schedule:
    try:
        return expand(version.protocol, participant, working=working)
    except SchedulerError as error:
        raise SchedulerError(f"participant {participant.id}, version {version.name}: {error}") from error
