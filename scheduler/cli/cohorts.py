"""The command that asks the rules between participants when the next one could come."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli.options import TODAY, say_missing, say_notices

if TYPE_CHECKING:
    from scheduler.protocol.records import Protocol
    from scheduler.study.folder import Study


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--cohort",
    "cohorts",
    multiple=True,
    metavar="VALUE",
    help="The cohort: the value of the fact that the rules are within (FACT=VALUE, given again, when there are several facts).",
)
@click.option("--site", help="The site of the participant, where a rule is within a site, or sites follow different versions.")
@TODAY
def next_infusion(study: Path, cohorts: tuple[str, ...], site: str | None, today: date | None) -> None:
    """Say when the next participant could have the infusion, or whatever the rules between participants are about.

    Prints the first day that all rules allow, then the day of each rule and because of whom; or what is waited for.
    """
    from scheduler.language.moments import day_of
    from scheduler.planning.between import next_dates
    from scheduler.study.folder import load_study
    from scheduler.views.between import next_lines, rule_name, said_finding
    from scheduler.views.words import words

    loaded = load_study(study)
    say_notices(loaded.notices)
    say_missing(loaded)
    place = _place(loaded, site)
    start = this_day = loaded.today(datetime.now(UTC), today)[place]
    while True:
        protocol = loaded.in_force(place, start)
        said = words(protocol.study.language)
        group = _group(loaded, protocol, cohorts, site) if protocol.between else {}
        everybody = loaded.participants.values()
        dates = next_dates(protocol, everybody, group, not_before=start, working=loaded.open_days) if protocol.between else ()
        later = [version.since for version in loaded.versions(place) if version.since > start]
        if not later or all(found.is_open and day_of(found.day) < later[0] for found in dates):
            break
        start = later[0]  # the day lies under another version: what that one allows from its first day on
    if not protocol.between:
        click.echo(said.say("between.nothing", study=protocol.study.id))
    for found in dates:
        named = [f"{name} {value}" for name, value in group.items()]
        click.echo("\n".join(next_lines(found, protocol, said, group=named, today=this_day)))
    rests_on = {ground.of for found in dates for limit in found.limits for ground in limit.because}
    for own, one in loaded.between():
        if not one.kept and one.participant in rests_on:
            what = said_finding(one, own, said)
            click.echo(said.say("between.broken", participant=one.participant, rule=rule_name(one.limit.rule, said), what=what))
    if len(loaded.protocols) > 1:
        click.echo(said.say("between.version", version=protocol.study.protocol_version, site=place))


def _place(study: Study, site: str | None) -> str:
    """The site of the next participant: any, as long as all follow the same versions. Raises BadParameter."""
    sites = list(study.sites)
    if site is not None and site not in sites:
        raise click.BadParameter(f"{site!r}: there are {', '.join(sites)}", param_hint="--site")
    if site is None and len({study.sites[each].protocols for each in sites}) > 1:
        raise click.BadParameter(f"the sites follow different versions: say which ({', '.join(sites)})", param_hint="--site")
    return site or sites[0]


def _group(study: Study, protocol: Protocol, cohorts: tuple[str, ...], site: str | None) -> dict[str, str]:
    """Where the next participant belongs: what the rules between participants have to know. Raises BadParameter."""
    from scheduler.planning.between import asked
    from scheduler.protocol.records import SITE

    names = asked(protocol)
    known = {name: protocol.facts[name].values for name in names if name != SITE}
    said = dict(_fact_and_value(text, list(known)) for text in cohorts)
    if len(said) < len(cohorts):
        raise click.BadParameter("one value of each fact is wanted", param_hint="--cohort")
    options = {**known, **({SITE: tuple(study.sites)} if SITE in names else {})}
    said |= {SITE: site} if site is not None and SITE in names else {}
    for name, value in said.items():
        if name not in options:
            raise click.BadParameter(f"no rule between participants is within {name}", param_hint=_hint(name))
        if value not in options[name]:
            raise click.BadParameter(f"{value!r}: there are {', '.join(options[name])}", param_hint=_hint(name))
    for name, values in options.items():
        if name not in said and len(values) > 1:
            raise click.BadParameter(f"say which {name}: there are {', '.join(values)}", param_hint=_hint(name))
    return {name: said.get(name, values[0]) for name, values in options.items() if values}


def _hint(name: str) -> str:
    return "--site" if name == "site" else "--cohort"


def _fact_and_value(text: str, facts: list[str]) -> tuple[str, str]:
    """A value of the one fact there is, or FACT=VALUE."""
    name, _, value = text.partition("=")
    if value and name in facts:
        return name, value
    if len(facts) > 1:
        raise click.BadParameter(f"{text!r} is not written like {facts[0]}=VALUE", param_hint="--cohort")
    return (facts[0] if facts else "a fact"), text
