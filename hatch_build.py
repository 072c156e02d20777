"""Compile the message catalogues when the package is built (an editable install included)."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):
    """Write ``actes.mo`` beside each ``actes.po``."""

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Run before the files of the package are collected."""
        for source in sorted(Path(self.root).glob("src/actes/locale/*/LC_MESSAGES/*.po")):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po))
