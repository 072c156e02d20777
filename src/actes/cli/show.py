"""Print what the commands found, for people and for programs.

In: records. Out: lines on the terminal. Progress goes to the error stream, results to the
other, so that a program may read them.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from actes import numbers
from actes.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from actes.batch import Progress
    from actes.doctor import Symptom
    from actes.errors import ActesError
    from actes.methods.references import Reference
    from actes.model import Finding
    from actes.pipeline.clearing import Review
    from actes.specs.reproductions import Difference, Reproduction
    from actes.steps import Step
    from actes.verify import Check

_GOOD, _BAD, _SAME = "✓", "✗", "="
_WIDTH = 78
_BAR = 20


def error(text: str) -> None:
    """Print a message on the error stream."""
    _clear_progress()
    click.echo(click.style(_BAD, fg="red") + " " + text, err=True)


def interrupted() -> str:
    """Say what Ctrl-C did."""
    return _("Interrupted: what was finished is kept, the next command goes on from there.")


def as_json(content: Any) -> None:
    """Print plain data for a program."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=1))


def line(text: str, *, good: bool | None = None) -> None:
    """Print one line, marked good, bad, or not at all."""
    mark = "" if good is None else (_GOOD if good else _BAD) + " "
    colour = None if good is None else ("green" if good else "red")
    click.echo(click.style(mark, fg=colour) + text)


def step(done: Step) -> None:
    """Say that a stage was done or reused, and why."""
    _clear_progress()
    words = {
        "ingest": _("ingest"),
        "validate": _("validate"),
        "run": _("run"),
        "compose": _("compose"),
        "publish": _("publish"),
    }
    mark = _SAME if done.action == "reused" else _GOOD
    action = _("reused") if done.action == "reused" else _("done")
    click.echo(
        f"{mark} {words[done.stage]:<9} {done.name:<32} {action:<10} {done.reason}", err=True
    )


def cell(study: str, done: int, total: int) -> None:
    """Show how far a running study is, on a terminal only."""
    if sys.stderr.isatty():
        text = _("{study}: cell {done} of {total}").format(study=study, done=done, total=total)
        click.echo(f"\r  {text:<70}", nl=False, err=True)


def grid(run: str, now: Progress) -> None:
    """Show how far a grid is: one line that changes on a terminal, else one line a run."""
    text = f"{now.n_ended}/{now.n_total}"
    if now.n_failed:
        text += ", " + _("{n} failed").format(n=now.n_failed)
    if now.left_s and now.n_ended < now.n_total:
        text += ", " + _("about {time} left").format(time=_duration(now.left_s))
    if sys.stderr.isatty():
        click.echo(
            f"\r  {_bar(now.n_ended / now.n_total)} {text} {run}"[:_WIDTH], nl=False, err=True
        )
    elif now.last:
        click.echo(f"  {_BAD if now.error else _GOOD} {run} ({text})", err=True)


def _bar(share: float) -> str:
    n_full = round(_BAR * share)
    return "█" * n_full + "░" * (_BAR - n_full)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def batch(
    done: Sequence[str], reused: Sequence[str], failed: Sequence[tuple[str, ActesError]]
) -> None:
    """Print the three lists of a batch: done, reused, failed (what, where, why, next step)."""
    for runs, words in ((done, _("Done")), (reused, _("Reused"))):
        line(f"{words} ({len(runs)})", good=True if runs else None)
        for text in runs:
            click.echo(f"    {text}")
    line(_("Failed") + f" ({len(failed)})", good=not failed)
    for label, error in failed:
        click.echo(f"    {label}")
        for each in str(error).splitlines():
            click.echo(f"      {each}")


def _clear_progress() -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{'':<76}\r", nl=False, err=True)


def findings(found: Iterable[Finding]) -> None:
    """Print one line a finding."""
    for finding in found:
        click.echo(f"  {_BAD} {finding.where}: {finding.message} [{finding.rule}]")


def reviewed(entry: Review) -> None:
    """Print what of a run may leave, and what is held."""
    from actes.specs.reproductions import kind_words

    kinds = kind_words()
    n_held = len(entry.findings)
    text = _("{name}: {results}, {held}").format(
        name=entry.name,
        results=ngettext("{n} result", "{n} results", len(entry.outputs)).format(
            n=len(entry.outputs)
        ),
        held=ngettext("{n} held", "{n} held", n_held).format(n=n_held),
    )
    line(text, good=not entry.findings)
    findings(entry.findings)
    for kind, name in (output.split(" ", 1) for output in entry.outputs):
        click.echo(f"    {kinds[kind]} {name}")


def nothing(found: Sequence[object], text: str) -> None:
    """Say what to do when there was nothing to work on."""
    if not found:
        click.echo(f"  {text}")


def table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo("  " + "  ".join(cells).rstrip())


def study(entry: dict[str, Any]) -> None:
    """Print what a study asks, what it needs, and which datasets here have it."""
    click.echo(click.style(entry["name"], bold=True))
    if "problem" in entry:
        line("  " + entry["problem"], good=False)
        return
    click.echo(f"  {entry['title']}")
    for parameter, roles in entry["roles"].items():
        having = ", ".join(entry["datasets"][parameter]) or _("none")
        text = _("{parameter}: needs {roles}; datasets that have them: {datasets}")
        click.echo("  " + text.format(parameter=parameter, roles=", ".join(roles), datasets=having))
        if optional := entry["optional"][parameter]:
            text = _("{parameter}: can do without {roles}, and says so")
            click.echo("  " + text.format(parameter=parameter, roles=", ".join(optional)))
    runs = ngettext("{n} run in the store", "{n} runs in the store", entry["n_runs"])
    click.echo("  " + runs.format(n=entry["n_runs"]))


def checks(found: Sequence[Check]) -> None:
    """Print published and obtained values, with the tolerance between them."""
    head = (_("study"), _("quantity"), _("published"), _("obtained"), _("tolerance"), "")
    rows = [head, *map(_check_row, found)]
    table(rows)
    computed = [check for check in found if check.holds is not None]
    held = sum(check.holds is True for check in computed)
    text = _("{held} of {n} values are found again").format(held=held, n=len(computed))
    line(text, good=held == len(computed))
    for note in dict.fromkeys(check.reference.note for check in found if check.reference.note):
        about = [check.reference.quantity for check in found if check.reference.note == note]
        line(f"  {about[0]}{' …' if len(about) > 1 else ''} : {_(note)}")
    _not_verified([check.reference for check in found if check.holds is None])
    anchors = sum(check.reference.kind == "anchor" for check in found)
    if anchors:
        line(_("* {n} computed here: guards against change, not truths").format(n=anchors))


def _check_row(check: Check) -> tuple[str, ...]:
    reference = check.reference
    mark = "*" if reference.kind == "anchor" else ""
    return (
        reference.study,
        reference.quantity + mark,
        f"{reference.published:.7g}",
        "—" if check.obtained is None else f"{check.obtained:.7g}",
        f"{reference.tolerance:.1g}",
        {True: _GOOD, False: _BAD, None: _("not verified")}[check.holds],
    )


def _not_verified(references: Sequence[Reference]) -> None:
    """Name what each unverified value waits for: a published value is never silently absent."""
    for needed in dict.fromkeys(reference.needs for reference in references):
        n = sum(reference.needs == needed for reference in references)
        text = ngettext(
            "{n} value not verified, its data are not here: {needed}",
            "{n} values not verified, their data are not here: {needed}",
            n,
        )
        line("? " + text.format(n=n, needed=needed))
    if references:
        line(_("files of your own: actes verify --reference-data FOLDER"))


def status(state: dict[str, Any]) -> None:
    """Print a workspace's state on one screen."""
    words = {
        "valid": _("valid"),
        "rejected": _("rejected"),
        "stale": _("to do"),
        "broken": _("unusable"),
        "ready": _("ready"),
        "cleared": _("cleared"),
        "held": _("held"),
        "prose": _("prose only"),
    }
    sections = (
        ("datasets", _("Datasets"), _rows_fact),
        ("studies", _("Studies"), lambda s: s.get("title", "")),
        ("articles", _("Articles"), _article_fact),
    )
    for key, title, fact in sections:
        click.echo(click.style(title, bold=True))
        entries = state[key]
        rows = [[e["name"], words[e["state"]], e.get("problem") or fact(e)] for e in entries]
        table(rows) if rows else click.echo("  " + _("none"))
    click.echo(click.style(_("Book"), bold=True))
    book = state["book"]
    made = (
        ngettext(
            "{n} file, made with {engine}", "{n} files, made with {engine}", book["n_files"]
        ).format(n=book["n_files"], engine=book["engine"])
        if book
        else _("not made yet: actes build")
    )
    click.echo(f"  {made}")
    click.echo("  " + _("engine here: {engine}").format(engine=state["engine"]))
    size = numbers.format_decimal(state["store_bytes"] / 1e6)
    click.echo("  " + _("store: {size} MB").format(size=size))


def _article_fact(entry: dict[str, Any]) -> str:
    facts = [] if entry["in_book"] else [_("not in the book")]
    if entry.get("is_edition") is False:
        facts.append(_("its results are no longer those of its edition"))
    return _("; ").join(facts)


def _rows_fact(entry: dict[str, Any]) -> str:
    if "n_rows" not in entry:
        return ""
    rows, checks = entry["n_rows"], entry["n_expectations"]
    facts = (
        ngettext("{n} row", "{n} rows", rows).format(n=rows),
        ngettext("{n} check", "{n} checks", checks).format(n=checks),
        f"TLP:{entry['tlp']}",
    )
    return ", ".join(facts)


def differences(seen: Sequence[Difference]) -> None:
    """Print what is not here as it was when the article was published."""
    kinds = {"environment": _("Environment"), "code": _("Code"), "data": _("Data")}
    absent = _("absent")
    for kind, title in kinds.items():
        of_kind = [each for each in seen if each.of == kind]
        if not of_kind:
            line(_("{what}: the same").format(what=title), good=True)
            continue
        line(_("{what}: not the same").format(what=title), good=False)
        table(
            [
                (each.name, each.published[:16] or absent, "→", each.here[:16] or absent)
                for each in of_kind
            ]
        )


def reproduction(article: str, found: Reproduction, *, verbose: bool) -> None:
    """Print the verdict of each result (of identical ones only if asked), then of the whole."""
    from actes.specs.reproductions import kind_words, verdict_words

    words, kinds = verdict_words(), kind_words()
    for output in found.outputs:
        if output.verdict == "identical" and not output.notes and not verbose:
            continue
        notes = _("; ").join(note.words() for note in output.notes)
        text = _("{name}: {verdict}").format(
            name=f"{output.run}/{kinds[output.kind]} {output.name}", verdict=words[output.verdict]
        )
        is_good = output.verdict in ("identical", "within_tolerance")
        line(_printable(text + (f" ({notes})" if notes else "")), good=is_good)
    text = _("{name}: {verdict} ({counts})").format(
        name=article, verdict=words[found.verdict].upper(), counts=found.counted()
    )
    line(text, good=found.verdict in ("identical", "within_tolerance"))


def _printable(text: str) -> str:
    """What comes from a stranger's crate must not drive the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def symptoms(seen: Iterable[Symptom]) -> int:
    """Print what the doctor saw; return how many things are missing."""
    missing = 0
    for symptom in seen:
        missing += not symptom.is_well
        text = f"{symptom.name:<20} {symptom.seen}"
        line(text + (f"  →  {symptom.remedy}" if symptom.remedy else ""), good=symptom.is_well)
    return missing
