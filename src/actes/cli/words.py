"""Make the command line speak the reader's language.

In: click's commands, written in English. Out: the same, translated when they are shown.
"""

from __future__ import annotations

import gettext
import os
from typing import TYPE_CHECKING

import click

from actes.i18n import LANGUAGES, LOCALE_DIR, N_, _, language

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NP_", "N_", "chosen_language", "localised"]


def NP_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802 - as `N_`
    """Mark a sentence that counts for translation."""
    return singular, plural


_CLICK_WORDS = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("No such option {name!r}."),
    N_("Option {name!r} does not take a value."),
    N_("{value!r} is not a valid {number_type}."),
    N_("{value} is not in the range {range}."),
    N_("Choose from:\n\t{choices}"),
    NP_("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    NP_("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    NP_("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    NP_("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    N_("No such command {name!r}."),
    N_("Missing argument"),
    N_("Missing option"),
    N_("Missing parameter"),
    N_("Missing command."),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("{name} {filename!r} does not exist."),
    N_("required"),
    N_("File"),
    N_("Directory"),
    N_("default: {default}"),
)
"""Sentences of click's own that its users meet: here so that our catalogue holds them."""

_TYPES = {
    "text": N_("text"),
    "path": N_("path"),
    "integer range": N_("whole number"),
    "float range": N_("number"),
}
"""Words for click's types, which it does not translate."""


def chosen_language(arguments: Sequence[str]) -> str | None:
    """Return the language that ``--lang`` asks for, before click looks at anything."""
    for position, word in enumerate(arguments):
        name, _equals, value = word.partition("=")
        if name == "--lang":
            following = arguments[position + 1] if position + 1 < len(arguments) else ""
            code = value or following
            return code if code in LANGUAGES else None
    return None


def localised(command: click.Command) -> click.Command:
    """Translate the help of a command, of its options and of the commands below it."""
    gettext.bindtextdomain("actes", str(LOCALE_DIR))
    gettext.textdomain("actes")
    os.environ["LANGUAGE"] = language()
    _translate(command)
    return command


def _translate(command: click.Command) -> None:
    if command.help:
        command.help = _(command.help)
    for parameter in command.params:
        name = parameter.type.name
        parameter.type.name = _(_TYPES.get(name, name))
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = _(parameter.help)
        if isinstance(parameter.metavar, str):
            parameter.metavar = _(parameter.metavar)
    if isinstance(command, click.Group):
        command.subcommand_metavar = _("COMMAND [ARGS]...")
        for below in command.commands.values():
            _translate(below)
