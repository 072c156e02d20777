"""Turn words on a command line into calls, and errors into messages and exit codes.

Only here, in `commands` and in `show`: printing and exiting.
"""

from __future__ import annotations

import json
import sys

from actes.i18n import use_language

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Run ``actes``; exit code 0 fine, 1 findings, 2 wrong input, 3 an outside tool failed."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    import click

    from actes.cli import show
    from actes.cli.words import chosen_language, localised
    from actes.errors import ActesError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if code := chosen_language(arguments):
        use_language(code)
    from actes.cli.commands import actes

    try:
        outcome = localised(actes).main(arguments, prog_name="actes", standalone_mode=False)
        return int(outcome or 0)
    except ActesError as error:
        if "--json" in arguments:
            click.echo(json.dumps({"error": error.as_dict()}, ensure_ascii=False, indent=1))
        else:
            show.error(str(error))
        return error.exit_code
    except click.ClickException as error:
        show.error(f"[P100] {error.format_message()}")
        return 2
    except (click.Abort, KeyboardInterrupt):
        show.error(show.interrupted())
        return 130
