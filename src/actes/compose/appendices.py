"""Write the two appendices that nobody should have to write: the data, the provenance.

In: datasets; chapters. Out: Quarto documents under ``reports/annexes/``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from actes import files, numbers
from actes.i18n import _, ngettext
from actes.results import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from actes.expectations import Described
    from actes.model import Chapter, Cleared, Dataset, Run
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = [
    "SHOWN_HASH_LENGTH",
    "data_appendix",
    "heading",
    "provenance_appendix",
    "row",
    "write",
]

SHOWN_HASH_LENGTH = 16


def data_appendix(
    workspace: Workspace, datasets: Iterable[Dataset], checks: Mapping[str, Sequence[Described]]
) -> Path:
    """Describe every dataset that the book rests on, from its descriptor.

    Parameters
    ----------
    checks
        What was verified of each dataset, by its name (`expectations.describe`).
    """
    ordered = sorted(datasets, key=lambda dataset: dataset.name)
    lines = [heading(_("Data"), "sec-donnees"), ""]
    for dataset in ordered:
        lines += [*_dataset_section(dataset, checks.get(dataset.name, ())), ""]
    return write(workspace, "donnees.qmd", lines)


def _dataset_section(dataset: Dataset, checks: Sequence[Described]) -> Iterator[str]:
    spec = dataset.table.spec
    yield f"## {spec.title} {{#sec-donnees-{spec.name}}}"
    yield ""
    yield spec.description.strip()
    yield ""
    yield from _facts(dataset)
    yield ""
    yield from _fields(spec)
    if checks:
        yield ""
        yield from _verified(spec.name, checks)


def _verified(name: str, checks: Sequence[Described]) -> Iterator[str]:
    """Tabulate what was verified, one row for the columns that are looked at together."""
    by_columns: dict[tuple[str, ...], list[str]] = {}
    for check in checks:
        mark = "" if check.origin == "derived" else "\\*"
        by_columns.setdefault(check.columns, []).append(_said(check.words) + mark)
    yield row(_("What is looked at"), _("What holds"))
    yield "|:-----|:------------|"
    for columns, words in by_columns.items():
        shown = ", ".join(f"`{column}`" for column in columns) or _("the whole table")
        yield row(shown, _("; ").join(words))
    caption = ngettext(
        "The only check of {name} holds.", "All {n} checks of {name} hold.", len(checks)
    ).format(n=len(checks), name=f"`{name}`")
    if any(check.origin == "owner" for check in checks):
        caption += " " + _("An asterisk marks those that the data's owner added.")
    yield ""
    yield f": {caption} {{#tbl-verifications-{name}}}"


def _said(words: str) -> str:
    """Write what holds; what is between backticks stays code."""
    text, *codes = words.split("`", 1)
    if not codes or "`" not in codes[0]:
        return escaped(words)
    code, _mark, rest = codes[0].rpartition("`")
    fence = "``" if "`" in code else "`"
    return f"{escaped(text)}{fence}{code}{fence}{escaped(rest)}"


def _facts(dataset: Dataset) -> Iterator[str]:
    spec, table = dataset.table.spec, dataset.table
    sources = _("; ").join(_linked(source.title, source.path) for source in spec.sources)
    licences = _("; ").join(_linked(each.title or each.name, each.path) for each in spec.licenses)
    facts = [
        (_("Name"), f"`{spec.name}`"),
        (_("Rows"), numbers.format_integer(table.n_rows)),
        (_("Sources"), sources),
        (_("Licence"), licences or "–"),
        (_("Sharing"), f"TLP:{spec.tlp}"),
        (_("Source bytes (SHA-256)"), f"`{table.source_sha256[:SHOWN_HASH_LENGTH]}`"),
        (_("Table (SHA-256)"), f"`{table.sha256[:SHOWN_HASH_LENGTH]}`"),
    ]
    for label, text in facts:
        yield f"{label}"
        yield f":   {text}"
        yield ""


def _fields(spec: DatasetSpec) -> Iterator[str]:
    played = {column: role for role in spec.roles for column in spec.columns_of(role)}
    yield row(_("Column"), _("Meaning"), _("Type"), _("Role"))
    yield "|:------|:---------------|:------|:----|"
    for field in spec.data_schema.fields:
        meaning = _meaning(field.title or field.name, field.description or "")
        role = _role_words()[played[field.name]] if field.name in played else numbers.MISSING
        yield row(f"`{field.name}`", meaning, _type_words()[field.type], role)
    yield ""
    columns = _("Columns of {name}").format(name=f"`{spec.name}`")
    yield f": {columns}. {{#tbl-champs-{spec.name}}}"


def _meaning(title: str, description: str) -> str:
    """Join a title and what describes it, which often begins with the title's own words."""
    described = " ".join(description.split())
    if described.casefold().startswith(title.casefold()):
        return described
    return f"{title}. {described}" if described else title


def _type_words() -> dict[str, str]:
    return {
        "string": _("text"),
        "integer": _("whole number"),
        "number": _("number"),
        "boolean": _("boolean"),
        "date": _("date"),
        "datetime": _("date and time"),
        "year": _("year"),
        "yearmonth": _("year and month"),
    }


def _role_words() -> dict[str, str]:
    return {
        "date": _("date"),
        "count": _("count"),
        "area": _("territory"),
        "group": _("group"),
        "category": _("category"),
        "exposure": _("exposure"),
        "weight": _("weight"),
        "x": _("x position"),
        "y": _("y position"),
        "neighbours": _("neighbours"),
        "geometry": _("outline"),
        "event": _("event"),
        "start": _("start"),
        "end": _("end"),
        "unit": _("unit"),
        "answer": _("answer"),
        "stratum": _("stratum"),
        "cluster": _("cluster"),
        "wave": _("wave"),
        "outcome": _("outcome"),
    }


def _linked(text: str, address: str) -> str:
    return f"[{text}]({address})" if address.startswith(("http:", "https:")) else text


def provenance_appendix(
    workspace: Workspace, chapters: Iterable[Chapter], titles: Mapping[str, str]
) -> Path:
    """Say, for every run of the book, from what exactly its results were made.

    Parameters
    ----------
    titles
        Title of each article, by name.
    """
    lines = [
        heading(_("Provenance"), "sec-provenance"),
        "",
        _(
            "Every number, table and figure of this book comes from one of the runs below. A run "
            "is named by all that made it: the notebook, its parameters, the data, the code and "
            "the environment. The same ingredients give the same results."
        ),
        "",
    ]
    for number, chapter in enumerate(chapters, start=1):
        lines += [f"## {titles[chapter.article]}", ""]
        for name, runs in _by_name(chapter).items():
            label = f"tbl-parametres-{number}-{name}"
            section = _run_section if len(runs) == 1 else _grid_section
            lines += [*section(name, runs, label), ""]
    return write(workspace, "provenance.qmd", lines)


def _by_name(chapter: Chapter) -> dict[str, list[Cleared]]:
    """Group the runs of a chapter: those of a grid share the name before the full stop."""
    groups: dict[str, list[Cleared]] = {}
    for name, cleared in chapter.cleared:
        groups.setdefault(name.partition(".")[0], []).append(cleared)
    return groups


def _run_section(name: str, runs: Sequence[Cleared], label: str) -> Iterator[str]:
    (cleared,) = runs
    facts = [
        (_("Run"), _hash(cleared.run.key)),
        (_("Reviewed results"), _hash(cleared.outputs_sha256)),
    ]
    yield from _made_with(name, cleared.run, facts)
    yield from _parameters_table(name, cleared.run.parameters, label)


def _grid_section(name: str, runs: Sequence[Cleared], label: str) -> Iterator[str]:
    """Say once what the runs of a grid share, then what each has of its own."""
    first = runs[0].run
    varied = [
        p for p in first.parameters if any(c.run.parameters[p] != first.parameters[p] for c in runs)
    ]
    yield from _made_with(name, first, [(_("Runs"), str(len(runs)))])
    shared = {p: value for p, value in first.parameters.items() if p not in varied}
    yield from _parameters_table(name, shared, label)
    yield ""
    yield row(*(f"`{p}`" for p in varied), _("Run"), _("Reviewed results"))
    yield "|:---" * (len(varied) + 2) + "|"
    for cleared in runs:
        values = (_code(cleared.run.parameters[p]) for p in varied)
        yield row(*values, _hash(cleared.run.key), _hash(cleared.outputs_sha256))
    caption = _("Each run of the grid “{name}”").format(name=name)
    yield ""
    yield f": {caption}. {{#{label}-grille}}"


def _made_with(name: str, run: Run, own: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield "### " + _("Run “{name}”").format(name=name) + " {.unnumbered}"
    yield ""
    data = ", ".join(
        f"`{dataset}` (`{facts['table_sha256'][:SHOWN_HASH_LENGTH]}`)"
        for dataset, facts in run.record["datasets"].items()
    )
    facts = [
        (_("Study"), f"{run.record['title']} (`{run.study}`)"),
        (_("Data"), data),
        (_("Notebook"), _hash(run.record["notebook_sha256"])),
        (_("Code of the methods"), _hash(run.record["code_sha256"])),
        (
            _("Environment"),
            f"{_hash(run.record['environment_sha256'])}, Python {run.record['python']}, "
            f"Actes {run.record['actes']}",
        ),
        *own,
    ]
    for fact, text in facts:
        yield fact
        yield f":   {text}"
        yield ""


def _parameters_table(name: str, parameters: Mapping[str, Any], label: str) -> Iterator[str]:
    yield row(_("Parameter"), _("Value"))
    yield "|:---|:---|"
    for parameter, value in parameters.items():
        yield row(f"`{parameter}`", _code(value))
    caption = _("Parameters of the run “{name}”").format(name=name)
    yield ""
    yield f": {caption}. {{#{label}}}"


def _code(value: Any) -> str:
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def heading(title: str, identifier: str) -> str:
    """Write the title of an appendix."""
    return f"# {title} {{#{identifier}}}"


def row(*cells: str) -> str:
    """Write the row of a pipe table."""
    return "| " + " | ".join(cells) + " |"


def _hash(sha256: str) -> str:
    return f"`{sha256[:SHOWN_HASH_LENGTH]}`"


def write(workspace: Workspace, name: str, lines: Iterable[str]) -> Path:
    """Write the appendix ``name``; one that says the same already is left alone."""
    path = workspace.reports / "annexes" / name
    text = "\n".join(lines).rstrip("\n") + "\n"
    if not path.is_file() or path.read_bytes() != text.encode():
        files.write_text(path, text)
    return path
