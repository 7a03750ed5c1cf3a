"""The command line: arguments, the clock, stdout and stderr, exit status. Work is imported by the command that does it."""

from __future__ import annotations

from errno import EPIPE
from typing import IO, Any

import click

from scheduler.about import VERSION
from scheduler.cli.book import book
from scheduler.cli.cohorts import next_infusion
from scheduler.cli.days import calendar, infusion_days
from scheduler.cli.exchange import draft, export, import_
from scheduler.cli.lists import deviations, diff, status, strings
from scheduler.cli.options import say_notices
from scheduler.cli.printing import print_document
from scheduler.cli.protocol import plan, schema
from scheduler.cli.study import build, check, convert, explain, init, key


class Failure(click.ClickException):
    """What the user can put right: shown line by line, so that an editor finds the places. Exit status 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True, file=file)


class Commands(click.Group):
    """Turns our own errors into clear lines on stderr and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        from scheduler.reading.problems import ProblemsError, SchedulerError

        try:
            return super().invoke(ctx)
        except ProblemsError as error:
            count = len(error.problems)
            say_notices(error.notices)
            raise Failure(f"{error}\n{count} problem{'' if count == 1 else 's'} found") from error
        except SchedulerError as error:
            raise Failure(f"Error: {error}") from error
        except OSError as error:
            if error.errno == EPIPE:  # who reads our output has seen enough; click ends quietly
                raise
            raise Failure(f"Error: {error.filename or 'the output'}: {error.strerror}") from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="trial-scheduler")
def main() -> None:
    """Visit schedules, study calendars and visit sheets from one protocol file.

    A planning aid: no medical device and no validated record system.
    """


for command in (
    init,
    draft,
    import_,
    export,
    convert,
    check,
    build,
    print_document,
    status,
    book,
    deviations,
    next_infusion,
    infusion_days,
    calendar,
    explain,
    plan,
    diff,
    strings,
    key,
    schema,
):
    main.add_command(command)
