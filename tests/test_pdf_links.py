"""Where the links of printed chapters lead, and those that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from actes.publish.pdf_links import Destinations


def chapter(title: str, *ids: str, links: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    return {"title": title, "ids": [title, *ids], "links": list(links)}


def to(target: str, page: str = "") -> dict[str, str]:
    return {"target": target} | ({"page": page} if page else {})


def led(*links: dict[str, str], reader: str = "a/un") -> tuple[str, list[str]]:
    """The list that Typst is given for a chapter with these links, and what is lost."""
    said = {
        "a/un": chapter("sec-un", "fig-p", "methode", "seul"),
        "deux": chapter("sec-deux", "fig-q", "methode", "ref-roy"),
    }
    said[reader]["links"] = list(links)
    destinations = Destinations(said)
    return destinations.listed(reader), destinations.lost(reader)


@pytest.mark.parametrize(
    ("link", "destination"),
    [
        (to("#fig-p"), 'label("a/un/fig-p")'),
        (to("#fig-q", "deux.html"), 'label("deux/fig-q")'),
        (to("#sec-un"), 'label("a/un")'),  # the title of a chapter is the chapter
        (to("#sec-deux", "deux.html"), 'label("deux")'),
        (to("#fig-q"), 'label("deux/fig-q")'),  # the one chapter that has it
        (to("#methode"), 'label("a/un/methode")'),  # its own first
        (to("#methode", "deux.html"), 'label("deux/methode")'),
        (to("#ref-roy", "deux.html"), 'label("deux/ref-roy")'),
        (to("deux.html"), 'label("deux")'),
        (to("#", "deux.html"), 'label("deux")'),
        (to("a/un.html#fig-p"), 'label("a/un/fig-p")'),
        (to("https://example.org/a.html#b"), '"https://example.org/a.html#b"'),
        (to("mailto:a@example.org"), '"mailto:a@example.org"'),
        (to("donnees/faits.csv"), '"donnees/faits.csv"'),
        (to('https://example.org/"\\'), '"https://example.org/\\"\\\\"'),
    ],
)
def test_a_link_leads_to_what_it_names(link: dict[str, str], destination: str) -> None:
    assert led(link) == (f"#let to = ({destination},)\n", [])


def test_the_same_link_leads_elsewhere_from_another_chapter() -> None:
    assert led(to("#methode"), reader="deux")[0] == '#let to = (label("deux/methode"),)\n'


def test_links_keep_their_order() -> None:
    listed, _lost = led(to("#seul"), to("deux.html"), to("#fig-p"))
    assert listed == '#let to = (label("a/un/seul"),label("deux"),label("a/un/fig-p"),)\n'


@pytest.mark.parametrize("link", [to("#absent"), to("#fig-p", "deux.html"), to("deux.html#fig-p")])
def test_a_link_that_leads_nowhere_is_told(link: dict[str, str]) -> None:
    assert led(to("#fig-p"), link) == (
        '#let to = (label("a/un/fig-p"),none,)\n',
        [link["target"]],
    )


def test_a_chapter_without_links_needs_no_list() -> None:
    assert led() == ("", [])
