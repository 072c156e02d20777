"""What the project says of itself in several places, it says everywhere the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from ruamel.yaml import YAML

from actes import __version__
from actes.cli.commands import actes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = [
    *(ROOT / name for name in ("README.md", "README.fr.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "templates/workspace/README.md",
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read_yaml(name: str) -> Any:
    return YAML(typ="safe").load(read(name))


def normal_name(requirement: str) -> str:
    """Name of the distribution that a requirement begins with, as PEP 503 writes it."""
    name = re.match(r"[\w.-]*\w", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every command of the command line, by the words that call it."""
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*path, name))
    else:
        yield " ".join(path), group


COMMANDS = dict(commands(actes))


def section(page: str, title: str) -> str:
    """Return what stands under a level-2 heading."""
    text = read(page)
    start = text.find(f"\n## {title}\n")
    assert start >= 0, f"{page} has no section “{title}”"
    end = text.find("\n## ", start + 4)
    return text[start : end if end > 0 else None]


def test_the_version_is_the_same_everywhere() -> None:
    citation = read_yaml("CITATION.cff")
    assert PROJECT["project"]["version"] == __version__ == citation["version"]
    assert citation["license"] == PROJECT["project"]["license"] == "MIT"


def test_conda_makes_the_same_environment() -> None:
    environment = read_yaml("environment.yml")
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (from_pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert environment["name"] == PROJECT["project"]["name"]
    assert f"python{PROJECT['project']['requires-python']}" in plain
    assert any(re.match(r"quarto\b", entry) for entry in plain)
    assert from_pip == ["-e ."], "every other dependency comes with the package"


def test_the_lock_pins_everything_and_names_no_index() -> None:
    lines = read("requirements.lock").splitlines()
    odd = [line for line in lines if re.match(r"-|.*(://| @ )", line)]
    assert odd == []
    pinned = {normal_name(line) for line in lines if re.match(r"[\w.-]+(\[.*\])?==", line)}
    asked = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["postgresql"],
        *PROJECT["dependency-groups"]["dev"],
    ]
    assert {normal_name(text) for text in asked} - pinned == set()
    assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)


@pytest.mark.parametrize("folder", ["notebooks", "reports", "datasets", "validation", "templates"])
def test_workspace_folders_are_not_packages(folder: str) -> None:
    assert list((ROOT / folder).rglob("__init__.py")) == []


def test_shipped_notebooks_hold_no_output() -> None:
    notebooks = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("templates/study/*.ipynb")]
    assert notebooks
    for notebook in notebooks:
        cells = read_yaml(notebook.relative_to(ROOT).as_posix())["cells"]
        assert not [c for c in cells if c.get("outputs") or c.get("execution_count")], notebook


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    written = section("docs/commandes.md", f"`actes {name}`")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert f"`{parameter.opts[0]}" in written, parameter.opts[0]
        else:
            assert parameter.metavar, parameter.name


def test_the_pages_name_targets_and_commands_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), flags=re.MULTILINE))
    words = {name.split()[0] for name in COMMANDS} | {"COMMANDE", "COMMAND"}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))
        assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets, page
        called = set(re.findall(r"(?<![\w./-])actes ([A-Za-z]+)\b", code))
        assert called <= words, page


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*PAGES, *ROOT.glob("docs/decisions/*.md"), ROOT / "SECURITY.md", ROOT / "CHANGELOG.md"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", text)  # a link shown as code
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
