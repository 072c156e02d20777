"""Hold what several commands share: an option, who is told of progress.

In: nothing. Out: decorators, a `Watch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from actes.cli import show
from actes.cli.words import N_
from actes.errors import ParameterError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.steps import Watch

__all__ = ["JSON", "pairs", "watch"]

JSON = click.option("--json", "as_json", is_flag=True, help=N_("Answer in JSON, for a program."))


def watch() -> Watch:
    """Tell of every step on the error stream."""
    from actes.steps import Watch

    return Watch(step=show.step, cell=show.cell, grid=show.grid)


def pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Read ``name=value`` words.

    Raises
    ------
    ParameterError
        P101 without an equals sign, P112 one name several times.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = (part.strip() for part in word.partition("="))
        if not equals or not name:
            raise ParameterError(
                "P101",
                _("A parameter is written name=value."),
                where=f"{option} {name}",
                expected=f"{option} {name}=…",
            )
        if name in found:
            raise ParameterError(
                "P112",
                _("The parameter “{name}” is given several times.").format(name=name),
                where=f"{option} {word}",
                next_step=_("give it once; several values are written --each {name}=a,b,c").format(
                    name=name
                ),
            )
        found[name] = value
    return found
