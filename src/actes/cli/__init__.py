"""Turn words on a command line into calls, and errors into messages and exit codes.

Only here, in `commands` and in `show`: printing and exiting.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from actes.i18n import use_language

if TYPE_CHECKING:
    import click

    from actes.errors import ActesError

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run ``actes``; exit code 0 fine, 1 findings, 2 wrong input, 3 an outside tool failed."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - for good
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="replace")
    try:
        return _run(arguments)
    except BrokenPipeError:
        return 0  # who reads has seen enough
    except KeyboardInterrupt:
        from actes.cli import show

        show.error(show.interrupted())
        return 130
    except OSError as error:
        from actes.files import disk_error

        return _refused(disk_error(error), as_json="--json" in arguments)


def _run(arguments: list[str]) -> int:
    import click

    from actes.cli.words import chosen_language, localised
    from actes.errors import ActesError, InputError

    if code := chosen_language(arguments):
        use_language(code)
    from actes.cli.commands import actes

    try:
        outcome = localised(actes).main(arguments, prog_name="actes", standalone_mode=False)
        return int(outcome or 0)
    except ActesError as error:
        return _refused(error, as_json="--json" in arguments)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        refusal = InputError("P100", error.format_message(), next_step=_help(error))
        return _refused(refusal, as_json="--json" in arguments)
    except click.Abort:
        raise KeyboardInterrupt from None


def _refused(error: ActesError, *, as_json: bool = False) -> int:
    """Say why nothing more was done, and return the exit code."""
    from actes.cli import show

    if as_json:
        show.as_json({"error": error.as_dict()})
    else:
        show.error(str(error))
    return error.exit_code


def _help(error: click.ClickException) -> str:
    """Name the command that explains the command."""
    context = getattr(error, "ctx", None)
    return f"{context.command_path} --help" if context else "actes --help"
