"""Articles in JATS, whatever holds what in them: well formed, and as the DTD has it."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import constructs
import pytest

from actes.publish.pandoc import render

# `npm install --no-save @jats4r/dtds` brings it; the DTD itself is in the public domain.
DTD = "node_modules/@jats4r/dtds/schema/1.2/JATS-archivearticle1-mathml3.dtd"
HOLDERS = Path(__file__).parent / "holders.md"

FRONT = """\
---
title: "Vols *et* fraudes & H~2~O"
subtitle: Un *sous-titre*
author:
  - name: Zoé & Cie
    orcid: 0000-0002-1825-0097
    email: a@exemple.ca
    affiliations: [Un & deux, Trois]
abstract: |
  Un *résumé* et [un lien](https://exemple.ca/?a=1&b=2).

  - Une liste
keywords: [a & b, c]
---
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An article for each construct, and one where everything holds everything."""
    root = tmp_path_factory.mktemp("jats")
    held = constructs.Construct("", "", HOLDERS.read_text(encoding="utf-8"))
    names = constructs.write_book(root, (*constructs.HONOURED, held))
    project = (root / "_quarto.yml").read_text(encoding="utf-8")
    formats = "format:\n  html: default\n  jats: default\n"
    project = re.sub(r"^format:\n(  .*\n)+", formats, project, flags=re.MULTILINE)
    (root / "_quarto.yml").write_text(project, encoding="utf-8")
    for name in names:
        page = root / f"{name}.qmd"
        body = page.read_text(encoding="utf-8").partition("\n")[2]
        page.write_text(FRONT + body, encoding="utf-8")
    render(root, root / "_book")
    return sorted((root / "_book" / "articles").glob("*.xml"))


def test_every_article_is_well_formed(files: list[Path]) -> None:
    assert len(files) == len(constructs.HONOURED) + 1
    for file in files:
        assert ET.fromstring(file.read_bytes()).find("body") is not None


def test_a_box_in_a_list_stays_in_its_item(files: list[Path]) -> None:
    root = ET.fromstring(files[-1].read_bytes())
    (item,) = (each for each in root.iter("list-item") if each.findtext("p") == "Premier point.")
    (box,) = item.findall("p/boxed-text")
    assert box.findtext("caption/title") == "Un conseil"
    assert box.findtext("p") == "Dans une liste."


def test_a_title_in_a_box_opens_no_section(files: list[Path]) -> None:
    root = ET.fromstring(files[-1].read_bytes())
    (title,) = (each for each in root.iter("named-content") if each.get("id") == "sec-encadre")
    assert "".join(title.itertext()).endswith("Titre dans un encadré")
    assert root.find(".//boxed-text//sec") is None


def test_every_article_follows_the_dtd(files: list[Path]) -> None:
    etree = pytest.importorskip("lxml.etree", reason="lxml is not on this machine")
    place = Path(os.environ.get("ACTES_JATS_DTD", Path(__file__).parents[1] / DTD))
    if not place.is_file():
        pytest.skip("the JATS DTD is not on this machine: npm install --no-save @jats4r/dtds")
    dtd = etree.DTD(str(place))
    faults = []
    for file in files:
        document = etree.parse(str(file), etree.XMLParser(no_network=True, load_dtd=False))
        if not dtd.validate(document):
            faults += [f"{file.name}: {e.message}" for e in dtd.error_log.filter_from_errors()]
    assert faults == []
