"""Know which of Quarto's profiles are active, and lay their files over the project file.

In: the project file, the environment. Out: the project file as those profiles have it.
Only here: ``QUARTO_PROFILE``, ``profile:`` and ``_quarto-<profile>.yml``.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, place
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

__all__ = ["active_profiles", "lay_profiles", "profile_file"]

_NAME = re.compile(r"^[\w-]+$")


def active_profiles(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """List the active profiles, the one that takes precedence first.

    ``QUARTO_PROFILE`` (which ``--profile`` sets) names them; else ``profile: default:``. Of each
    ``profile: group:``, the first is active when no other of it is.

    Raises
    ------
    ArticleError
        A139 for a name that cannot be that of a file.
    """
    choice = settings.get("profile")
    choice = choice if isinstance(choice, dict) else {}
    asked = os.environ.get("QUARTO_PROFILE", "").replace(",", " ").split()
    named = asked or _names(choice.get("default"))
    groups = choice.get("group") or []
    groups = groups if all(isinstance(group, list) for group in groups) else [groups]
    for group in groups:
        members = _names(group)
        if members and not set(members) & set(named):
            named.append(members[0])
    for name in named:
        if not _NAME.match(name):
            raise ArticleError(
                "A139", _("this cannot be the name of a profile"),
                where=place("_quarto.yml", key="profile"), found=name,
                expected=_("letters, digits and hyphens"),
            )  # fmt: skip
    return tuple(dict.fromkeys(named))


def _names(value: object) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def profile_file(name: str) -> str:
    """File of a profile, beside the project file."""
    return f"_quarto-{name}.yml"


def lay_profiles(
    settings: MutableMapping[str, Any], read: Callable[[str], Mapping[str, Any] | None]
) -> None:
    """Lay the files of the active profiles over ``settings``, which is changed.

    Parameters
    ----------
    read
        Gives the content of a file beside the project file; None when there is none.

    Raises
    ------
    ArticleError
        A138 when a profile gives a list that is also given below it: Quarto would put the two
        end to end, and hardly anybody means that.
    """
    for name in reversed(active_profiles(settings)):
        content = read(profile_file(name))
        if content:
            _lay(settings, content, profile_file(name), "")


def _lay(below: MutableMapping[str, Any], above: Mapping[str, Any], file: str, prefix: str) -> None:
    for key, value in above.items():
        lower = below.get(key)
        if isinstance(lower, dict) and isinstance(value, dict):
            _lay(lower, value, file, f"{prefix}{key}.")
        elif isinstance(lower, list) and isinstance(value, list) and list(lower) != list(value):
            raise ArticleError(
                "A138",
                _("a profile gives a list that the project file gives too"),
                where=place(file, key=f"{prefix}{key}"),
                next_step=_("give the list in profiles only, each its own"),
            )
        else:
            below[key] = value
