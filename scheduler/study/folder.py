"""Reading a study folder: protocol.yaml (or protocols/), sites.yaml, the tables of facts (CSV, or study.xlsx), study.key."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from scheduler.facts.reader import FactsReader
from scheduler.facts.records import Participant, Site
from scheduler.facts.sites import SiteWhere, read_sites, where_in_sites
from scheduler.language.moments import day_of
from scheduler.opendays.calendar import OpenDays
from scheduler.planning.between import Finding, findings
from scheduler.protocol.records import Protocol
from scheduler.reading.problems import Place, Problems, SchedulerError
from scheduler.reading.table import Table
from scheduler.schedule.amended import Version, amended
from scheduler.schedule.blinded import blinded_facts, common_schedules
from scheduler.schedule.records import Schedule
from scheduler.study.files import (
    KEY,
    PROTOCOL,
    SITES,
    TABLES,
    WORKBOOK,
    load_protocols,
    protocol_files,
    read_bytes,
    read_tables,
    table_files,
)
from scheduler.study.reach import Reach, reaching
from scheduler.views.words import known_language, languages

_RANDOM = 4  # the version of a random UUID (RFC 9562 5.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study folder, read and checked. `digest` is the SHA-256 of its files, the key left out.

    `protocols` are the versions of the protocol, by name; `protocol` is the newest of them.
    `missing` are the tables that are not there; `notices` say what was read and is to be looked at.
    """

    path: Path
    protocols: Mapping[str, Protocol]
    sites: Mapping[str, Site]
    participants: Mapping[str, Participant]
    digest: str
    open_days: Mapping[str, OpenDays]
    missing: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def protocol(self) -> Protocol:
        """The version of the protocol that comes into force last, at whichever site it does."""
        begins = [(since, name) for site in self.sites.values() for name, since in site.protocols]
        return self.protocols[max(begins)[1]] if begins else next(iter(self.protocols.values()))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in use: of its participants, and of its sites."""
        spoken = {person.language for person in self.participants.values()}
        return tuple(sorted(spoken | {site.language for site in self.sites.values()}))

    def versions(self, site: str) -> tuple[Version, ...]:
        """The versions of the protocol in force at a site, in their order."""
        dated = self.sites[site].protocols or tuple((name, date.min) for name in self.protocols)
        return tuple(Version(name, self.protocols[name], since) for name, since in dated)

    def is_blinded(self, site: str) -> bool:
        """Whether there are answers that nobody may know who reads a site's blinded papers. Raises SchedulerError as `blinded_facts`."""
        return bool(blinded_facts(version.protocol for version in self.versions(site)))

    def in_force(self, site: str, day: date) -> Protocol:
        """The version of the protocol in force at a site on a day; before the first, that one."""
        versions = self.versions(site)
        return next((version.protocol for version in reversed(versions) if version.since <= day), versions[0].protocol)

    def between(self) -> tuple[tuple[Protocol, Finding], ...]:
        """How everybody's dates stand to the rules between participants, by the version in force at their site on that date.

        Raises SchedulerError, which names rule and participant, when a date cannot be counted.
        """
        found = []
        for protocol in self.protocols.values():
            for finding in findings(protocol, self.participants.values(), self.open_days):
                day = finding.date.day
                assert day is not None
                if self.in_force(self.participants[finding.participant].site, day_of(day)) is protocol:
                    found.append((protocol, finding))
        return tuple(found)

    def today(self, now: datetime, said: date | None = None) -> dict[str, date]:
        """The day each site has at a moment, by its own clocks; or for all of them the day that somebody said."""
        return {site.id: said or now.astimezone(site.zone).date() for site in self.sites.values()}

    def at(self, site: str) -> Study:
        """The study as one site has it. Raises SchedulerError with the sites there are."""
        if site not in self.sites:
            raise SchedulerError(f'there is no site "{site}" in {self.path / SITES}; there are: {", ".join(self.sites)}')
        people = {code: person for code, person in self.participants.items() if person.site == site}
        return replace(self, sites={site: self.sites[site]}, participants=people)

    def schedule(self, participant: Participant, horizon: date | None = None) -> Schedule:
        """One participant's schedule; series without an end are dated to the horizon, else for a year after the last record.

        Raises SchedulerError, which names the participant.
        """
        try:
            return amended(
                self.versions(participant.site), participant, horizon=horizon, working=self.open_days[participant.site]
            )
        except SchedulerError as error:
            raise SchedulerError(f"participant {participant.id}: {error}") from error

    def schedules(self, horizon: date | None = None, issued: Mapping[str, Reach] | None = None) -> dict[str, Schedule]:
        """Every participant's schedule, by code, as far as was `issued` to them. Raises SchedulerError with all that cannot be dated."""
        made, wrong = {}, []
        for code, participant in self.participants.items():
            try:
                [made[code]] = self._reaching(participant, horizon, (issued or {}).get(code, {}))
            except SchedulerError as error:
                wrong.append(str(error))
        if wrong:
            raise SchedulerError("\n".join(wrong))
        return made

    def _reaching(self, participant: Participant, horizon: date | None, issued: Reach) -> Sequence[Schedule]:
        return reaching(issued, lambda horizon: [self.schedule(participant, horizon)], horizon)

    def common_schedules(self, participant: Participant, horizon: date | None, issued: Reach) -> Sequence[Schedule]:
        """What is the same under every set of blinded answers, as far as was `issued` of it; nothing where none is blinded.

        Raises SchedulerError, which names the participant.
        """
        if not self.is_blinded(participant.site):
            return ()
        protocols = [version.protocol for version in self.versions(participant.site)]
        return reaching(
            issued,
            lambda horizon: common_schedules(participant, protocols, lambda person: self.schedule(person, horizon)),
            horizon,
        )

    def participant(self, code: str) -> Participant:
        """One participant. Raises SchedulerError with the codes there are."""
        if code not in self.participants:
            raise SchedulerError(f'there is no participant "{code}" in {self.path}; there are: {", ".join(self.participants)}')
        return self.participants[code]

    def where_in_sites(self) -> dict[str, SiteWhere]:
        """Where each site stands in the file."""
        return where_in_sites(read_bytes(self.path / SITES), str(self.path / SITES))

    def key(self) -> UUID:
        """The secret namespace of the study's calendars. Raises SchedulerError when there is none to read."""
        return read_key(self.path / KEY)


def load_study(path: str | Path) -> Study:
    """A study from its folder, its key not yet read. The events and the visits may be missing, and `missing` tells.

    Raises SchedulerError: ProblemsError with everything that is wrong in the protocol, or else in the other files.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise SchedulerError(f"{folder} is no study folder (a folder that holds {PROTOCOL})")
    protocols = load_protocols(folder)
    versions = tuple(protocols) if protocol_files(folder) else ()
    problems = Problems()
    sites: dict[str, Site] = {}
    people: dict[str, Participant] = {}
    with problems.collecting():
        sites = read_sites(read_bytes(folder / SITES), str(folder / SITES), problems, versions)
    wrong_sites = problems.count > 0
    facts = FactsReader(tuple(protocols.values()), None if wrong_sites else sites, problems)
    files = table_files(folder)
    tables: dict[str, Table] = {}
    with problems.collecting():
        tables = read_tables(folder, problems)
        people = facts.everybody(tables)
    _check_languages(protocols.values(), sites, people, folder, problems)
    problems.raise_if_any()
    return Study(
        path=folder,
        protocols=protocols,
        sites=sites,
        participants=people,
        digest=_digest(folder),
        open_days={site.id: OpenDays(site) for site in sites.values()},
        missing=tuple(_named(name, files) for name in TABLES if name not in tables),
        notices=problems.notices,
    )


def _named(table: str, files: Collection[str]) -> str:
    """What a person looks for who looks for a table."""
    return f'{WORKBOOK} (sheet "{table}")' if WORKBOOK in files else TABLES[table]


def _check_languages(
    protocols: Iterable[Protocol],
    sites: Mapping[str, Site],
    people: Mapping[str, Participant],
    folder: Path,
    problems: Problems,
) -> None:
    """Every paper needs the words of its language."""
    asked = [(protocol.study.where.key("language"), protocol.study.language) for protocol in protocols]
    asked += [(Place(str(folder / SITES), path=site.id), site.language) for site in sites.values()]
    file = table_files(folder)[0]
    asked += [(Place(str(folder / file), path=person.id), person.language) for person in people.values()]
    for place, language in asked:
        if known_language(language) is None:
            problems.add(place, f'no words for the language "{language}" (there are: {", ".join(languages())})')


def read_key(file: Path) -> UUID:
    """The key in a file: a random UUID, for from another one everybody could make the same identifiers. Raises SchedulerError."""
    if not file.exists():
        raise SchedulerError(
            f'{file} is missing: make it once with "trial-scheduler key {file.parent}", and keep it with the study'
        )
    text = read_bytes(file).decode("utf-8-sig", "replace").strip()
    try:
        key = UUID(text)
    except ValueError as error:
        raise SchedulerError(
            f"{file} holds no key (a UUID on one line); restore it, for a new key makes every calendar a new one"
        ) from error
    if key.version != _RANDOM:
        raise SchedulerError(
            f"{file} holds a UUID that is not random (version 4): others could make the same, and find out from a calendar whose it is; "
            'remove it, and make one with "trial-scheduler key"; every calendar is then a new one'
        )
    return key


def _digest(folder: Path) -> str:
    whole = hashlib.sha256()
    versions = (file.relative_to(folder).as_posix() for file in protocol_files(folder))
    for name in (PROTOCOL, SITES, *table_files(folder), *versions):
        data = (folder / name).read_bytes() if (folder / name).exists() else b""
        whole.update(f"{name} {len(data)}\n".encode())
        whole.update(data)
    return whole.hexdigest()
