"""Let a notebook say what it studies and what it publishes.

In: the notebook's parameters. Out: validated data under role names; declared tables, figures
and values, each in its cell's output. What isn't declared here never leaves.

::

    from actes.study import Category, Data, begin
    étude = begin(globals())
    étude.table("effets", frame, caption="…", counts=["n"])
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from actes import mime, records, results
from actes.errors import StudyError
from actes.frames import Filter, frame_of, frequency_of
from actes.i18n import _, language, use_language
from actes.inputs import named_datasets, with_categories
from actes.specs.book import read_language
from actes.specs.study import Category, Data, Parameter, StudySpec
from actes.workspace import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.figure import Figure
    from pydantic import BaseModel

    from actes.model import Dataset

__all__ = ["Category", "Data", "Study", "begin"]

_T = TypeVar("_T")
Asked: TypeAlias = Sequence[_T] | Mapping[str, Sequence[_T]]
"""Something for the first dataset, or for each of those named."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Study:
    """A study at work in a notebook (made by `begin`).

    Attributes
    ----------
    parameters
        The checked parameters, by attribute.
    frames
        One DataFrame for each dataset parameter, by the parameter's name: a column for each
        role asked for, named after the role; an optional role that no column plays has none.
        ``date`` is a timestamp at the start of its period, whatever columns it comes from.
        Missing cells are NA.
    frequencies
        ``"year"``, ``"month"`` or ``"day"``: the precision of ``date``, by parameter; absent
        when the role isn't asked for.
    """

    def __init__(
        self,
        parameters: BaseModel,
        frames: dict[str, pd.DataFrame],
        frequencies: dict[str, str],
    ) -> None:
        self.parameters = parameters
        self.frames = frames
        self.frequencies = frequencies
        self._names: set[str] = set()

    @property
    def data(self) -> pd.DataFrame:
        """The frame of the first dataset parameter."""
        return next(iter(self.frames.values()))

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        caption: str,
        counts: Iterable[str],
        titles: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        tolerances: Mapping[str, Mapping[str, float] | None] | None = None,
    ) -> None:
        """Publish a table.

        Parameters
        ----------
        frame
            One row a line of the table; its index is left out.
        counts
            Columns that count people or events: the ones that disclosure control looks at.
            Give an empty list to say that there are none.
        titles
            Column heads; the column's name by default.
        formats
            How cells are written (`results.formatted`); by default integers and text as they
            are, other numbers with two decimals.
        tolerances
            Columns that another execution may find again less exactly than by default, and how
            far: ``{"ecart": {"relative": 1e-6}}`` (`results.Tolerance`); None is the default.

        Raises
        ------
        StudyError
            R011 an unusable or repeated name, R012 a column that isn't in the frame,
            R014 an unknown way of writing, E020 an unusable tolerance.
        """
        record = self._named("table", name, caption) | records.table_content(
            frame,
            counts=counts,
            titles=titles or {},
            formats=formats or {},
            tolerances=tolerances or {},
        )
        _show({mime.RESULT: record, "text/markdown": _preview(record)})

    def figure(
        self,
        name: str,
        figure: Figure,
        *,
        data: pd.DataFrame,
        caption: str,
        alt: str,
        counts: Iterable[str],
        titles: Mapping[str, str] | None = None,
        formats: Mapping[str, str] | None = None,
        tolerances: Mapping[str, Mapping[str, float] | None] | None = None,
    ) -> None:
        """Publish a figure together with the figures behind it.

        Parameters
        ----------
        data
            What is drawn, one row a mark: readers may download it.
        alt
            What the picture shows, in words, for those who cannot see it.
        counts, titles, formats, tolerances
            As for `table`, of ``data``.

        Raises
        ------
        StudyError
            R011, R012, R014, E020 as for `table`; R013 without alternative text.
        """
        from actes.methods.style import to_svg

        if not alt.strip():
            raise StudyError(
                "R013",
                _("The figure “{name}” has no alternative text.").format(name=name),
                next_step=_("say in one or two sentences what it shows: alt=…"),
            )
        content = records.table_content(
            data,
            counts=counts,
            titles=titles or {},
            formats=formats or {},
            tolerances=tolerances or {},
        )
        record = self._named("figure", name, caption) | {"alt": alt.strip(), "data": content}
        _show({mime.RESULT: record, "image/svg+xml": to_svg(figure)})

    def value(
        self,
        name: str,
        value: float | str,
        *,
        how: str,
        counts: Iterable[int],
        label: str = "",
        tolerance: Mapping[str, float] | None = None,
    ) -> None:
        """Publish a single value, to be quoted in prose.

        Parameters
        ----------
        how
            The way it is written (`results.formatted`).
        counts
            The counts behind it: none may be below the dataset's ``min_cell``. Give an empty
            list when it rests on no count.
        label
            What it is, for the key figures of a report; without one it is for prose only.
        tolerance
            How far from it another execution may fall, when the default is too strict:
            ``{"relative": 1e-6}``, ``{"absolute": 0.01}`` or both (`results.Tolerance`).

        Raises
        ------
        StudyError
            R011 an unusable or repeated name, R014 an unknown way of writing, E020 an unusable
            tolerance.
        """
        record = self._named("value", name, label) | records.value_content(
            value, how=how, counts=counts, tolerance=tolerance
        )
        text = results.formatted(record["value"], how, language())
        _show({mime.RESULT: record, "text/plain": f"{name} = {text}"})

    def _named(self, kind: str, name: str, caption: str) -> dict[str, Any]:
        if not _NAME.fullmatch(name) or name in self._names:
            raise StudyError(
                "R011",
                _("A result needs a name of its own."),
                found=name,
                expected=_("small letters, digits and hyphens, used once in the notebook"),
            )
        self._names.add(name)
        return {"kind": kind, "name": name, "caption": caption.strip()}


def begin(
    namespace: Mapping[str, Any],
    *,
    columns: Asked[str] | None = None,
    where: Asked[Filter] | None = None,
) -> Study:
    """Check the notebook's parameters, load its datasets, and note what it began with.

    Parameters
    ----------
    namespace
        The notebook's ``globals()``, right after its parameters cell.
    columns
        Roles to load, in place of those that the parameter asks for (which every dataset must
        have): fewer of them, or others that this dataset has.
    where
        Filters, each ``(role, operator, value)``; a row is read when all of them keep it. The
        operators are ``==  !=  <  <=  >  >=  in  not in``; see `frames.frame_of`. Only what can
        hold such rows is read of the table.

        ``columns`` and ``where`` are for the first dataset parameter, or, as a dictionary, for
        each of those named.

    Raises
    ------
    ParameterError, VerdictError, SpecError
        As `StudySpec.check`, `inputs.named_datasets` and `inputs.with_categories`.
    StudyError
        R025 for a role that the dataset does not have or a parameter that names no dataset, R026
        for a filter that cannot be applied.

    Examples
    --------
    ::

        begin(globals(), where=[("group", "==", infraction), ("date", ">=", "2020")])
    """
    workspace = find()
    use_language(read_language(workspace))
    declared = {name: kind for name, kind in _annotations(namespace).items() if name in namespace}
    spec = StudySpec(
        name=workspace.root.name,
        title="",
        parameters=tuple(Parameter(n, kind, namespace[n]) for n, kind in declared.items()),
        source_sha256="",
    )
    values = spec.check({name: namespace[name] for name in declared})
    datasets = named_datasets(workspace, spec, values)
    values = with_categories(workspace, spec, values, datasets)
    needed = {p: _played(datasets[p], asked) for p, _name, asked in spec.datasets(values)}
    roles = needed | {p: tuple(asked) for p, asked in _by_parameter(columns, datasets).items()}
    kept = _by_parameter(where, datasets)
    frames = {p: frame_of(dataset, roles[p], kept.get(p, ())) for p, dataset in datasets.items()}
    frequencies = {p: frequency_of(d) for p, d in datasets.items() if "date" in roles[p]}
    record: dict[str, Any] = {
        "parameters": values,
        "datasets": {d.name: d.table.sha256 for d in datasets.values()},
        "rows": {p: len(frame) for p, frame in frames.items()},
    }
    if kept:
        record["where"] = {p: [[*map(_plain, one)] for one in each] for p, each in kept.items()}
    _show({mime.BEGIN: record, "text/plain": _summary(datasets, frames)})
    return Study(spec.model.model_validate(values), frames, frequencies)


def _by_parameter(
    asked: Asked[_T] | None, datasets: Mapping[str, Dataset]
) -> Mapping[str, Sequence[_T]]:
    """What is asked of each dataset; without a name, of the first."""
    if asked is None:
        return {}
    by_name = asked if isinstance(asked, Mapping) else {next(iter(datasets)): asked}
    unknown = [name for name in by_name if name not in datasets]
    if unknown:
        raise StudyError(
            "R025",
            _("No parameter of this name says which dataset is studied."),
            found=", ".join(map(str, unknown)),
            expected=", ".join(datasets),
        )
    return by_name


def _plain(part: Any) -> Any:
    """A part of a filter, as a record keeps it."""
    if isinstance(part, set | frozenset):
        part = sorted(part, key=str)
    if isinstance(part, list | tuple):
        return [records.plain_cell(one) for one in part]
    return records.plain_cell(part)


def _annotations(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the annotations of the parameters cell (Python 3.14 computes them on demand)."""
    if "__annotate__" in namespace:
        return dict(namespace["__annotate__"](1))
    return dict(namespace.get("__annotations__", {}))


def _summary(datasets: Mapping[str, Dataset], frames: Mapping[str, pd.DataFrame]) -> str:
    lines = []
    for parameter, d in datasets.items():
        n_rows, n_read = d.table.n_rows, len(frames[parameter])
        text = _("{name}: validated, {rows} rows, sha256 {sha}").format(
            name=d.name, rows=n_rows, sha=d.table.sha256[:12]
        )
        if n_read != n_rows:
            text += "; " + _("{n} of them read").format(n=n_read)
        lines.append(text)
    return "\n".join(lines)


def _played(dataset: Dataset, asked: Data) -> tuple[str, ...]:
    """Return the roles needed, and the optional ones that a column plays."""
    columns_of = dataset.table.spec.columns_of
    return (*asked.roles, *(role for role in asked.optional if columns_of(role)))


def _preview(record: Mapping[str, Any]) -> str:
    return f"**{record['caption']}**\n\n" + results.markdown_table(record, language())


def _show(bundle: dict[str, Any]) -> None:
    from IPython.display import publish_display_data  # heavy

    publish_display_data(bundle)
