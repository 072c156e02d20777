"""Write down what a reproduction found, beside the article.

In: `Reproduction`, who made it and when. Out: ``reproductions.yml``, one entry more.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from actes import files
from actes.errors import ParameterError
from actes.i18n import _
from actes.specs.book import read_article
from actes.specs.reproductions import Reproduction, read_reproductions, reproductions_file

if TYPE_CHECKING:
    from pathlib import Path

    from actes.workspace import Workspace

__all__ = ["check_recordable", "record"]

_HEAD = "# actes reproduce --record\n"
_LONGEST_NAME = 120


def _checked_name(by: str) -> str:
    """Return the name of who reproduces, as it is printed."""
    name = " ".join(by.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ParameterError(
            "E013",
            _("A recorded reproduction says by whom."),
            where="--by",
            expected=_("a name of at most {n} characters").format(n=_LONGEST_NAME),
        )
    return name


def check_recordable(workspace: Workspace, article: str, *, by: str) -> None:
    """Refuse before an hour of calculation what `record` would refuse after it.

    Raises
    ------
    ParameterError, SpecError
        As `record`.
    """
    _checked_name(by)
    read_article(workspace, article)
    read_reproductions(workspace, article)


def record(workspace: Workspace, article: str, found: Reproduction, *, by: str, date: str) -> Path:
    """Add a reproduction to those of an article.

    Parameters
    ----------
    by
        Who made it, as they want to be named in the book.
    date
        When (ISO 8601).

    Raises
    ------
    ParameterError
        E013 a name that is missing or cannot be printed.
    SpecError
        As `read_reproductions`.
    """
    name = _checked_name(by)
    known = read_reproductions(workspace, article)
    entries = [*known, found.model_copy(update={"by": name, "date": date})]
    path = reproductions_file(workspace, article)
    files.write_text(path, _HEAD + _yaml(entries))
    return path


def _yaml(entries: list[Reproduction]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.width = 100
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = io.StringIO()
    plain = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
    yaml.dump(plain, text)
    return text.getvalue()
