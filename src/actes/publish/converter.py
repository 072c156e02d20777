"""Run pandoc.

In: arguments and a text. Out: the text that pandoc writes, and its warnings.
Only here: the pandoc program.
"""

from __future__ import annotations

import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from actes.errors import ToolError
from actes.i18n import _

__all__ = ["MARKDOWN", "filter_path", "pandoc_version", "run_pandoc"]

# Front matter is read before; HTML tables stay whole for our filter.
MARKDOWN = "markdown-markdown_in_html_blocks-yaml_metadata_block-pandoc_title_block-raw_tex"
_TIMEOUT_S = 300


def filter_path(name: str) -> str:
    """Path of one of our Lua filters."""
    return str(Path(__file__).parent / name)


@cache
def pandoc_version() -> str:
    """Version of the package that pandoc comes with."""
    return version("pypandoc_binary")


@cache
def _program() -> str:
    # pypandoc looks for the program on import: only a render pays for it.
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError:
        raise ToolError(
            "T110",
            _("pandoc is not installed"),
            next_step=_("reinstall Actes: pandoc comes with it (pypandoc_binary)"),
        ) from None


def run_pandoc(arguments: list[str], text: str) -> tuple[str, list[str]]:
    """Give ``text`` to pandoc.

    Returns
    -------
    output : str
        What pandoc wrote.
    warnings : list of str
        One line each.

    Raises
    ------
    ToolError
        T110 without pandoc, T111 when it fails, T112 when it does not end.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program and arguments, no shell
            [_program(), *arguments],
            input=text.encode("utf-8"),
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(
            "T112", _("pandoc did not answer in {n} seconds").format(n=_TIMEOUT_S)
        ) from None
    messages = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        raise ToolError("T111", _("pandoc failed"), found=messages[:2000])
    return done.stdout.decode("utf-8"), messages.splitlines()
