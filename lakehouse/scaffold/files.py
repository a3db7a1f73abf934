"""The two files of a new dataset: what is written, where, and that nothing is overwritten."""

import keyword
import re
from dataclasses import dataclass, replace
from pathlib import Path

from lakehouse.errors import DeclarationError, explain
from lakehouse.lake import Lake
from lakehouse.layers import Layer
from lakehouse.scaffold.bucket import profile_source
from lakehouse.scaffold.drafts import Draft, bronze_draft, daily_draft, row_draft
from lakehouse.scaffold.profile import Profile, profile_table
from lakehouse.scaffold.proposal import contract_text
from lakehouse.scaffold.samples import Samples

__all__ = ["Scaffolded", "scaffold"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Scaffolded:
    """What was written, and how many rows the proposals rest on."""

    dataset: Path
    test: Path
    rows: int


def scaffold(
    lake: Lake,
    layer: Layer,
    name: str,
    *,
    table: str | None = None,
    source: str | None = None,
    owner: str | None = None,
) -> Scaffolded:
    """Write ``assets/LAYER/NAME.py`` and its test: from a ``table``, or for bronze a ``source``.

    Raises :class:`DeclarationError` where the name cannot be taken, the input may not be read, or
    a file is there already.
    """
    _check_name(lake, name)
    root = lake.settings.project
    package = Path(*lake.settings.datasets.split("."))
    file = root / package / layer.value / f"{name}.py"
    test = root / "tests" / package / layer.value / f"test_{name}.py"
    for path in (file, test):
        if path.exists():
            raise DeclarationError(
                explain(
                    "the file is there already", where=str(path.relative_to(root)), remedy="choose a new name"
                )
            )
    if layer is Layer.BRONZE:
        draft, profile = _from_source(lake, name, table=table, source=source, owner=owner)
    else:
        draft, profile = _from_table(lake, layer, name, table=table, source=source, owner=owner)
    intro = (
        f"Proposed from {profile.rows:,} rows of {profile.of}; without nullable=True, each had a value."
        " Say yes or no to each proposal, then delete these comments."
    )
    draft = replace(draft, intro=intro)
    for path, text in ((file, _dataset_text(draft)), (test, _test_text(draft, lake.settings.datasets))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Scaffolded(file, test, profile.rows)


def _from_source(
    lake: Lake, name: str, *, table: str | None, source: str | None, owner: str | None
) -> tuple[Draft, Profile]:
    system, _, source_table = (source or "").partition(".")
    if not source_table or table or not owner:
        raise DeclarationError(
            explain(
                "bronze reads a source and has an owner",
                expected="--source SYSTEM.TABLE --owner team:NAME",
            )
        )
    profile, load = profile_source(lake, system, source_table)
    return bronze_draft(name, owner, profile, load), profile


def _from_table(
    lake: Lake, layer: Layer, name: str, *, table: str | None, source: str | None, owner: str | None
) -> tuple[Draft, Profile]:
    if not table or source:
        raise DeclarationError(explain(f"{layer} reads a table", expected="--from TABLE"))
    upstream = lake.catalog[table]
    if upstream.layer not in layer.may_read or layer is Layer.OPS:
        allowed = ", ".join(sorted(layer.may_read))
        raise DeclarationError(
            explain(
                f"a dataset in {layer} may not read {upstream.layer}",
                where=name,
                expected=f"a table of {allowed}",
                found=upstream.full_name,
            )
        )
    profile = profile_table(lake, upstream)
    owner = owner or upstream.owner
    by_day = daily_draft(name, owner, upstream, profile) if layer is Layer.GOLD else None
    return by_day or row_draft(layer.value, name, owner, upstream, profile), profile


def _check_name(lake: Lake, name: str) -> None:
    taken = lake.catalog.datasets.get(name)
    if taken or not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise DeclarationError(
            explain(
                "the name cannot be taken",
                expected="lower-case letters, digits and _, and a name that no dataset has",
                found=f"{name}, which is {taken.full_name}" if taken else repr(name),
            )
        )


def _dataset_text(draft: Draft) -> str:
    contract = _class_name(draft.name)
    uses_functions = any("F." in line for line in draft.body)
    lines = [
        f'"""{_title(draft)}"""',
        "",
        "import pyspark.sql.types as T",
        "from pyspark.sql import DataFrame",
        *(["from pyspark.sql import functions as F"] if uses_functions else []),
        "",
        f"from lakehouse import {', '.join(sorted(draft.names, key=_import_order))}",
        "",
        "",
        contract_text(contract, draft.grain, draft.columns, draft.intro),
        "",
        "",
        f"@{draft.layer}(",
        f"    contract={contract},",
        *(f"    {name}={value}," for name, value in draft.decorator.items()),
        ")",
        f"def {draft.name}({draft.parameter}: DataFrame) -> DataFrame:",
        *(f"    {line}" for line in draft.body),
    ]
    return "\n".join(lines) + "\n"


def _test_text(draft: Draft, package: str) -> str:
    contract = _class_name(draft.name)
    samples = Samples.of(draft.given, draft.distinguished_by)
    upstream = draft.upstream
    declared = upstream.name if upstream else draft.name
    imports = ["from lakehouse.writing.evolve import table_schema"]
    imports.append(f"from {package}.{draft.layer}.{draft.name} import {contract}, {draft.name}")
    if upstream:
        imports.append(f"from {upstream.function.__module__} import {upstream.name}")
    lines = [
        *samples.imports,
        *([""] if samples.imports else []),
        *sorted(imports),
        "",
        *samples.row,
        "",
        "",
        f"def test_{draft.name}_keeps_its_contract(spark):",
        f"    rows = {samples.three_rows}",
        f"    given = spark.createDataFrame(rows, table_schema({declared}))",
        "",
        f"    found = {draft.name}(given)",
        "",
        f"    assert found.count() == {draft.expected}",
        f"    assert not {contract}.validate(found).pandera.errors",
    ]
    return "\n".join(lines) + "\n"


def _title(draft: Draft) -> str:
    if draft.upstream is None:
        return f"Every load of {draft.name.replace('_', ' ')}, as it came."
    return f"{draft.name.replace('_', ' ').capitalize()}, from {draft.upstream.full_name}."


def _class_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _import_order(name: str) -> tuple[bool, str]:
    """Classes before functions, as the linter sorts them."""
    return (not name[0].isupper(), name)
