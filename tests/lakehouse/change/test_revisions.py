"""A small project in a git repository of its own: compared with its past, and given a new version."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from lakehouse.change.declared import declared_tables
from lakehouse.change.difference import Difference, What
from lakehouse.change.fingerprint import code_hash
from lakehouse.change.revisions import compare_tables, tables_at
from lakehouse.cli import main
from lakehouse.discovery import discover
from lakehouse.errors import DeclarationError
from lakehouse.lake import Lake
from lakehouse.settings import load_settings

BOOKS = '''"""Books."""

import pyspark.sql.types as T

from lakehouse import Contract, Field, Snapshot, silver
from library.shelves import sorted_by


class Books(Contract):
    """One row per book."""

    id: T.LongType() = Field(key=True)
    title: T.StringType() = Field()
    price: T.DecimalType(12, 2) = Field(ge=0)


@silver(
    contract=Books,
    write=Snapshot(),
    owner="team:library",
)
def books():
    return sorted_by("id")
'''
READER = '''"""Prices."""

import pyspark.sql.types as T

from lakehouse import Contract, Field, Snapshot, gold


class Prices(Contract):
    """One row per book."""

    id: T.LongType() = Field(key=True)


@gold(contract=Prices, write=Snapshot(), owner="team:sales")
def prices(books):
    return books.select("id")
'''
FILES = {
    "workspace.yaml": "",
    "library/__init__.py": "",
    "library/shelves.py": "def sorted_by(name):\n    return name\n",
    "library/silver/__init__.py": "",
    "library/gold/__init__.py": "",
    "library/silver/books.py": BOOKS,
    "library/gold/prices.py": READER,
    "consumers/sheet.sql": "-- owner: team:finance\nselect sum(price) from silver.books\n",
}


def git(folder, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.splitlines()


def write_project(folder):
    """A project whose first commit has a table, a reader and a query."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def rewrite(project, old, new):
    file = project / "library" / "silver" / "books.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that is the working folder, importable, and forgotten when the test is over."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("LAKEHOUSE_DATASETS", "library")
    monkeypatch.chdir(tmp_path)
    yield write_project(tmp_path)
    forget()


@pytest.fixture
def said(project, monkeypatch, capsys):
    """What a command of the command line says, and its exit code."""

    def run(*words):
        forget()
        monkeypatch.setattr(sys, "argv", ["lakehouse", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return printed.out + printed.err, end.value.code

    return run


def forget():
    for name in [each for each in sys.modules if each.partition(".")[0] == "library"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """What the first commit declares, read while the working tree has something else."""
    folder = write_project(tmp_path_factory.mktemp("project"))
    rewrite(folder, "Field(ge=0)", "Field(ge=1)")
    (folder / "library" / "gold" / "prices.py").unlink()
    tables = tables_at(folder, "library", "main")
    assert git(folder, "status", "--short") == [" D library/gold/prices.py", " M library/silver/books.py"]
    return tables


def test_a_revision_is_read_as_it_was_committed(first):
    assert {each.address: each.owner for each in first.values()} == {
        "silver.books": "team:library",
        "gold.prices": "team:sales",
    }
    assert first["books"].terms.rules["price__ge"].arguments == {"min_value": 0}


def test_the_working_tree_is_read_by_the_same_words(first, project):
    assert declared_tables(discover("library", project)) == first
    assert compare_tables(first, declared_tables(discover("library", project)), date(2027, 1, 1)) == ()


def test_a_table_that_goes_breaks_its_readers_unless_its_day_has_come(first):
    left = {"prices": first["prices"]}
    (gone,) = compare_tables(first, left, date(2027, 1, 1))
    (come,) = compare_tables(left, first, date(2027, 1, 1))
    announced = {**first, "books": replace(first["books"], deprecated="2027-01-01")}
    (as_announced,) = compare_tables(announced, left, date(2027, 1, 1))
    (too_early,) = compare_tables(announced, left, date(2026, 12, 31))

    assert [(each.what, each.kind) for each in gone.changes] == [(What.TABLE_DROPPED, Difference.BREAKING)]
    assert (come.kind, as_announced.kind) == (Difference.ADDITIVE, Difference.RULES)
    assert too_early.kind is Difference.BREAKING


def test_a_pull_request_is_told_what_it_breaks_and_for_whom(project, said):
    rewrite(project, "price: T.DecimalType(12, 2)", "prices: T.DecimalType(12, 2)")

    text, code = said("contract", "diff", "--against", "HEAD", "--format", "json")

    told = json.loads(text)
    assert (code, told["class"], told["against"], told["problems"]) == (1, "breaking", "HEAD", [])
    (change,) = told["tables"][0]["changes"]
    assert change.pop("consumers") == [
        {"name": "gold.prices", "owner": "team:sales", "columns": [], "used_by": "", "sure": False},
        {"name": "consumers/sheet", "owner": "team:finance", "columns": [], "used_by": "", "sure": True},
    ]
    assert change == {
        "what": "column renamed (it looks like)",
        "class": "breaking",
        "column": "price",
        "rule": None,
        "old": "price",
        "new": "prices",
        "advice": None,
    }


def test_the_exit_code_tells_the_class_where_it_is_asked_for(project, said):
    rewrite(project, "title: T.StringType() = Field()", "title: T.StringType() = Field(nullable=True)")
    text, code = said("contract", "diff", "--against", "HEAD", "--exit-code")
    assert code == 4
    assert text.splitlines()[-1] == "against HEAD: additive"


def test_a_revision_that_is_not_there_or_does_not_load_is_an_error(project):
    with pytest.raises(DeclarationError, match=r"there is no such revision.*'--all'"):
        tables_at(project, "library", "--all")
    (project / "library" / "silver" / "books.py").write_text("nonsense")
    git(project, "commit", "-q", "-a", "-m", "broken")
    with pytest.raises(DeclarationError, match=r"cannot be loaded.*NameError"):
        tables_at(project, "library", "HEAD")


def test_the_new_version_stands_beside_the_old_one_which_is_as_it_was_and_marked(project, said):
    rewrite(project, "title: T.StringType() = Field()", "title: T.LongType() = Field()")

    text, code = said("contract", "new-version", "books", "--old", "HEAD")

    day = (datetime.now(UTC) + timedelta(days=90)).date().isoformat()
    assert code == 0
    assert text.splitlines() == [
        "wrote library/silver/books_v2.py",
        f"marked library/silver/books.py deprecated until {day}",
        "the contract in it is that of HEAD again",
        "to be moved to books_v2: gold.prices (team:sales), perhaps",
        "to be moved to books_v2: consumers/sheet (team:finance)",
        "Then: lakehouse run books_v2   (the first run reads its inputs whole: that is the migration)",
    ]
    owner = '    owner="team:library",\n'
    old = (project / "library" / "silver" / "books.py").read_text()
    new = (project / "library" / "silver" / "books_v2.py").read_text()
    assert old == BOOKS.replace(owner, f'{owner}    deprecated="{day}",\n')
    assert new == BOOKS.replace("T.StringType()", "T.LongType()").replace("def books(", "def books_v2(")
    plan = json.loads(said("plan", "--format", "json")[0])
    assert {each["dataset"]: each["deprecated"] for each in plan["datasets"]} == {
        "silver.books": day,
        "silver.books_v2": None,
        "gold.prices": None,
    }


def test_a_new_version_is_refused_where_it_would_lose_something(project, said):
    text, code = said("contract", "new-version", "books", "--old", "HEAD")
    assert (code, "it has the new one already" in text) == (2, True)
    assert said("contract", "new-version", "books", "--deprecated", "2027-01-31")[1] == 0
    (project / "library" / "silver" / "books_v3.py").write_text("")
    text, code = said("contract", "new-version", "books_v2")
    assert (code, "is there already" in text) == (2, True)
    assert said("contract", "new-version", "books", "--deprecated", "soon")[1] == 2


def test_a_stamp_is_of_the_code_that_was_loaded_whatever_its_file_says_since(project):
    books = Lake.load(load_settings(project)).catalog["books"]
    rewrite(project, 'sorted_by("id")', 'sorted_by("title")')
    stamp = code_hash(books.function)
    forget()
    assert code_hash(Lake.load(load_settings(project)).catalog["books"].function) != stamp


def test_contracts_are_exported_one_file_each(project, said):
    assert said("contract", "export", "--all", "--format", "odcs", "--to", "out")[1] == 0
    assert sorted(each.name for each in (project / "out").iterdir()) == [
        "gold.prices.odcs.yaml",
        "silver.books.odcs.yaml",
    ]
    assert said("contract", "export", "books")[0].startswith("---\nversion: ")
    assert said("contract", "export")[1] == 2


def test_a_schema_is_held_against_the_contracts_by_file_or_by_database(said, tmp_path):
    (tmp_path / "schema.sql").write_text("CREATE TABLE loans (id bigint)")
    text, code = said("contract", "check", "--schema", "schema.sql")
    assert (code, "none of the tables" in text) == (2, True)
    assert said("contract", "check")[1] == 2
