"""``lakehouse contract``: what a change breaks and for whom, and the way out. Reads no data.

The form of its answers stands in :mod:`lakehouse.cli.differences`.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakehouse.cli.differences import Format, Row, tell

if TYPE_CHECKING:
    from lakehouse.change.usage import Usage
    from lakehouse.lake import Lake

__all__ = ["app"]

_NOTICE = timedelta(days=90)
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Compare, version, export contracts; hold a database against them.",
)


class Standard(StrEnum):
    """The form of an export."""

    ODCS = "odcs"


Form = Annotated[Format, typer.Option("--format", help="For people, or for programs.")]
ExitCode = Annotated[
    bool,
    typer.Option("--exit-code", help="Tell the class: 0 none, 3 rules, 4 additive, 1 breaking."),
]


@app.command("diff")
def diff(
    selection: Annotated[list[str] | None, typer.Argument(help="Datasets or layers; none: all.")] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="A git revision; without it, what is deployed.")
    ] = None,
    lineage: Annotated[
        bool,
        typer.Option("--lineage", help="Read who uses a column from the code as it is; starts Spark."),
    ] = False,
    form: Form = Format.TABLE,
    exit_code: ExitCode = False,
) -> None:
    """Show what changed of the contracts, and whom it breaks. Exit code 1 if anything would break."""
    from lakehouse.change.selection import select
    from lakehouse.lake import Lake

    lake = Lake.load()
    names = select(lake.catalog, selection or ()) if selection else None
    usage = _usage(lake, computed=lineage)
    if against:
        rows, usage = _against_revision(lake, usage, against)
    else:
        rows = _against_deployed(lake, usage)
    kept = [row for row in rows if names is None or row.table.rpartition(".")[2] in names]
    tell(kept, usage.problems, against or "deployed", form, exit_code=exit_code)


@app.command("new-version")
def new(
    dataset: Annotated[str, typer.Argument(help="`orders` or `silver.orders`.")],
    deprecated: Annotated[
        datetime | None,
        typer.Option(
            "--deprecated",
            formats=["%Y-%m-%d"],
            help="The day on which the old one goes; default: in 90 days.",
        ),
    ] = None,
    old: Annotated[
        str | None, typer.Option("--old", help="The git revision that has the old contract; default: HEAD.")
    ] = None,
) -> None:
    """Put a breaking contract into a table beside the old one, and mark the old one with its last day."""
    from lakehouse.change.contracts import contract_change
    from lakehouse.change.difference import Difference
    from lakehouse.change.new_version import new_version
    from lakehouse.change.usage import records_of
    from lakehouse.lake import Lake

    lake = Lake.load()
    found = lake.catalog[dataset]
    day = (deprecated or datetime.now(UTC) + _NOTICE).date()
    breaks = contract_change(lake, found, records_of(lake, found.name)).kind is Difference.BREAKING
    put_back = old or ("HEAD" if breaks else None)
    made = new_version(lake, found, deprecated=day, put_back=put_back)
    project = lake.settings.project
    print(f"wrote {made.file.relative_to(project)}")
    print(f"marked {made.old.relative_to(project)} deprecated until {day}")
    if made.put_back:
        print(f"the contract in it is that of {put_back} again")
    for reader in made.readers:
        print(f"to be moved to {made.name}: {reader}")
    print(f"Then: lakehouse run {made.name}   (the first run reads its inputs whole: that is the migration)")


@app.command("export")
def export(
    names: Annotated[list[str] | None, typer.Argument(help="Datasets or layers.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every dataset.")] = False,
    standard: Annotated[Standard, typer.Option("--format", help="The form.")] = Standard.ODCS,
    folder: Annotated[
        Path | None, typer.Option("--to", help="A folder, for a file each; else they are printed.")
    ] = None,
) -> None:
    """Write contracts as documents of the Open Data Contract Standard."""
    from lakehouse.change.odcs import odcs
    from lakehouse.change.selection import select
    from lakehouse.lake import Lake

    if bool(names) == everything:
        raise typer.BadParameter("name some datasets, or say --all")
    catalog = Lake.load().catalog
    chosen = select(catalog, names or ())
    for dataset in (each for each in catalog if each.name in chosen):
        text = odcs(dataset).to_yaml()
        if folder is None:
            print(f"---\n{text}", end="")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{dataset.full_name}.{standard}.yaml"
            file.write_text(text)
            print(f"wrote {file}")


@app.command("check")
def check(  # noqa: PLR0917 - typer reads options from parameters
    database: Annotated[
        str | None, typer.Option("--database", help="The URL of a PostgreSQL database, migrations applied.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option("--schema", help="A file of CREATE TABLE and ALTER TABLE.", exists=True)
    ] = None,
    within: Annotated[
        str | None, typer.Option("--in", help="The database's schema, if not the default.")
    ] = None,
    system: Annotated[
        str | None, typer.Option("--system", help="Whose tables these are, as bronze's sources call it.")
    ] = None,
    form: Form = Format.TABLE,
    exit_code: ExitCode = False,
) -> None:
    """Hold a production database's schema against bronze's contracts: what breaks, for whom, what to do."""
    from lakehouse.change.producers import check_producer, system_of
    from lakehouse.change.production import schema_of_database, schema_of_sql
    from lakehouse.change.usage import Usage
    from lakehouse.lake import Lake

    if (database is None) == (schema is None):
        raise typer.BadParameter("say either --database URL or --schema FILE")
    tables = (
        schema_of_sql(schema.read_text(), str(schema))
        if schema
        else schema_of_database(database or "", within)
    )
    lake = Lake.load()
    usage = Usage.recorded(lake)
    named = system_of(lake.catalog, tables, system)
    rows = [
        Row(each.dataset, each.change, each.consumers, each.advice)
        for each in check_producer(usage, tables, named)
    ]
    tell(rows, (), str(schema) if schema else f"the database of {named}", form, exit_code=exit_code)


def _usage(lake: "Lake", *, computed: bool) -> "Usage":
    from lakehouse.change.usage import Usage

    usage = Usage.recorded(lake)
    if not computed:
        return usage
    from lakehouse.doctor import quick
    from lakehouse.engine.lineage import read_lineage
    from lakehouse.engine.spark import start_session

    quick(lake.settings)
    spark = start_session(lake.settings)
    try:
        read = {each.name: read_lineage(spark, lake.catalog, each) for each in lake.catalog}
        return Usage(usage.catalog, read, usage.queries)
    finally:
        spark.stop()


def _against_deployed(lake: "Lake", usage: "Usage") -> list[Row]:
    from lakehouse.change.contracts import contract_change
    from lakehouse.change.usage import records_of

    return [
        Row(dataset.full_name, change, usage.concerned(dataset.name, change))
        for dataset in lake.catalog
        for change in contract_change(lake, dataset, records_of(lake, dataset.name)).changes
    ]


def _against_revision(lake: "Lake", usage: "Usage", revision: str) -> "tuple[list[Row], Usage]":
    from lakehouse.change.declared import declared_tables
    from lakehouse.change.revisions import compare_tables, tables_at

    old = tables_at(lake.settings.project, lake.settings.datasets, revision)
    usage = usage.with_queries_before(
        lake.settings.project, {table.address: table.terms.columns for table in old.values()}
    )
    differing = compare_tables(old, declared_tables(lake.catalog), datetime.now(UTC).date())
    return [
        Row(table.address, change, usage.concerned(table.name, change))
        for table in differing
        for change in table.changes
    ], usage
