"""Projects written into a temporary folder, each with one mistake that no file alone can see."""

import sys
from textwrap import dedent

import pytest

from lakehouse.discovery import discover
from lakehouse.errors import DeclarationError

HEAD = """
import pyspark.sql.types as T
from lakehouse import *

class Loan(Contract):
    "One row per loan."
    id: T.LongType() = Field(key=True)
    day: T.DateType() = Field()
"""
LANDED = """
@bronze(contract=Loan, source=Files("desk", "loans"), owner="team:desk")
def desk_loans(rows):
    return rows
"""


def derived(layer, name, *inputs, read="changes()", write="Upsert()"):
    reads = ", ".join(f'"{each}": {read}' for each in inputs)
    words = f'contract=Loan, write={write}, owner="team:desk", reads={{{reads}}}'
    if "Window" in write:
        words += ', partitions=daily("day", start="2026-01-01")'
    return f"\n@{layer}({words})\ndef {name}({', '.join(inputs)}):\n    return {inputs[0]}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes a package's files and gives the catalog found in it; leaves no trace in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"company_{tmp_path.name}"

    def find(**files):
        for place, text in {"bronze__desk_loans": LANDED, **files}.items():
            layer, _, module = place.partition("__")
            folder = tmp_path / name / layer
            folder.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / "__init__.py").touch()
            (folder / "__init__.py").touch()
            (folder / f"{module}.py").write_text(dedent(HEAD) + text)
        return discover(name, tmp_path)

    yield find
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[module]


def test_datasets_are_found_by_their_files_inputs_first(project):
    catalog = project(
        gold__days=derived("gold", "days", "loans"),
        silver__loans=derived("silver", "loans", "desk_loans"),
        silver__an_older_one=derived("silver", "an_older_one", "loans"),
        silver__nothing_here="",
    )
    assert list(catalog.datasets) == ["desk_loans", "loans", "an_older_one", "days"]
    assert [each.name for each in catalog.readers_of("loans")] == ["an_older_one", "days"]
    assert catalog.upstream_of(["days"]) == {"desk_loans", "loans", "days"}


def test_a_dataset_is_asked_for_by_its_name_or_its_full_name(project):
    catalog = project(silver__loans=derived("silver", "loans", "desk_loans"))
    assert catalog["loans"] is catalog["silver.loans"]
    with pytest.raises(DeclarationError, match=r"no dataset gold\.loans; expected one of silver\.loans"):
        catalog["gold.loans"]
    with pytest.raises(DeclarationError, match=r"no dataset laons; expected one of silver\.loans"):
        catalog["laons"]


def test_a_dataset_imported_by_another_file_is_one_dataset(project):
    project(silver__loans=derived("silver", "loans", "desk_loans"))
    package = next(each for each in sys.modules if each.startswith("company_")).partition(".")[0]
    text = f"from {package}.silver.loans import loans\n" + derived("silver", "again", "loans")
    assert len(project(silver__again=text)) == 3


MISTAKES = {
    "unknown upstream": (
        {"silver__loans": derived("silver", "loans", "desk_lonas")},
        "the input desk_lonas is not a dataset",
        "such as desk_loans",
        "(silver/loans.py)",
    ),
    "upstream in a later layer": (
        {
            "gold__days": derived("gold", "days", "loans"),
            "silver__loans": derived("silver", "loans", "desk_loans"),
            "silver__late": derived("silver", "late", "days"),
        },
        "silver may not read gold; expected inputs from bronze, silver; found gold.days",
        "(silver/late.py)",
    ),
    "gold reads bronze": (
        {"gold__days": derived("gold", "days", "desk_loans")},
        "gold may not read bronze",
        "(gold/days.py)",
    ),
    "two of one name": (
        {
            "silver__loans": derived("silver", "loans", "desk_loans"),
            "gold__loans": derived("gold", "loans", "loans"),
        },
        "two datasets have one name",
        "gold/loans.py and silver/loans.py",
    ),
    "a cycle": (
        {"silver__hen": derived("silver", "hen", "egg"), "silver__egg": derived("silver", "egg", "hen")},
        "read each other in a circle",
        "silver/egg.py and silver/hen.py",
    ),
    "itself": (
        {"silver__hen": derived("silver", "hen", "hen")},
        "read each other in a circle",
        "silver/hen.py",
    ),
    "wrong folder": (
        {"gold__loans": derived("silver", "loans", "desk_loans")},
        "expected silver/loans.py; found gold/loans.py",
    ),
    "wrong file": (
        {"silver__laons": derived("silver", "loans", "desk_loans")},
        "expected silver/loans.py; found silver/laons.py",
    ),
    "no layer": (
        {"silvr__loans": derived("silver", "loans", "desk_loans")},
        "the dataset loans stands where none is looked for",
        "/silvr/loans.py",
        "expected a file loans.py in the folder of a layer: bronze, silver, gold",
    ),
    "a package's own file": (
        {"silver__loans": "", "silver____init__": derived("silver", "loans", "desk_loans")},
        "the dataset loans stands where none is looked for",
        "/silver/__init__.py",
    ),
    "two in one file": (
        {"silver__loans": derived("silver", "loans", "desk_loans") + derived("silver", "more", "desk_loans")},
        "expected silver/more.py; found silver/loans.py",
    ),
    "no syntax": ({"silver__loans": "def (:"}, "cannot be loaded", "SyntaxError", "/silver/loans.py"),
    "no import": ({"silver__loans": "import nowhere"}, "No module named 'nowhere'", "/silver/loans.py"),
    "no contract": (
        {"silver__loans": '@silver(write=Upsert(), owner="team:desk")\ndef loans(desk_loans): ...'},
        "missing 1 required keyword-only argument: 'contract'",
        "/silver/loans.py",
    ),
    "no grain": (
        {
            "silver__loans": "class Loan(Contract):\n    id: T.LongType() = Field(key=True)\n"
            + derived("silver", "loans", "desk_loans")
        },
        "does not state its grain",
        "(silver/loans.py)",
    ),
    "keys of nothing": (
        {"silver__loans": derived("silver", "loans", "desk_loans", read='keys(id="loan")')},
        "keys(…) names a column that the input desk_loans does not have; expected one of id, day",
        "found 'loan'",
        "(silver/loans.py)",
    ),
    "windows of nothing": (
        {
            "silver__loans": derived(
                "silver", "loans", "desk_loans", read='window("at")', write="ReplaceWindow()"
            )
        },
        "window(…) names a column that the input desk_loans does not have",
        "(silver/loans.py)",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_project_is_one_error_with_file_and_remedy(project, mistake):
    files, *said = MISTAKES[mistake]
    with pytest.raises(DeclarationError) as caught:
        project(**files)
    message = str(caught.value)
    assert [words for words in said if words not in message] == []
    assert "Remedy: " in message


def test_a_file_without_datasets_may_stand_anywhere_and_is_not_run(project):
    copy = {"silver/.checkpoints__loans": derived("silver", "loans", "desk_loans")}
    assert len(project(sources__machines="raise RuntimeError", drafts__half_written="def (:", **copy)) == 1


def test_a_dataset_in_a_folder_that_is_no_package_is_named(project, tmp_path):
    project()
    folder = tmp_path / f"company_{tmp_path.name}" / "silver" / "desk"
    folder.mkdir(parents=True)
    (folder / "loans.py").write_text(derived("silver", "loans", "desk_loans"))
    with pytest.raises(DeclarationError, match=r"silver/desk/loans\.py.*Remedy: .* needs an __init__\.py"):
        project()


@pytest.mark.parametrize("column", ["id", "day", "valid_from", "_loaded_at"])
def test_an_input_is_read_by_its_own_columns_or_the_roads(project, column):
    read = f'keys(id="{column}")'
    history = derived("silver", "loans", "desk_loans", write='History("id", valid_at="day")')
    assert len(project(silver__loans=history, gold__days=derived("gold", "days", "loans", read=read))) == 3
