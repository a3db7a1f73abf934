"""What the documents name is there, and what is there is named."""

import re
from pathlib import Path

import pytest

from lakehouse.checks import _CONDITIONS
from lakehouse.cli import COMMANDS
from lakehouse.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = ROOT / "README.md"
every = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def headings(text: str) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}


@every
def test_every_relative_link_leads_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        goal = (document.parent / path).resolve() if path else document
        assert goal.exists(), link
        assert not anchor or anchor in headings(goal.read_text()), link


@every
def test_every_command_named_exists(document):
    text = document.read_text()
    named = re.findall(r"`(?:\.venv/bin/)?lakehouse ([a-z]+)", text)
    named += re.findall(r"^\$ .*?\blakehouse ([a-z]+)", text, re.MULTILINE)
    assert set(named) - set(COMMANDS) <= {"make"}  # "git clone … lakehouse && cd lakehouse && make"


@every
def test_every_make_target_named_exists(document):
    text = document.read_text()
    named = re.findall(r"`make ([a-z-]+)", text) + re.findall(r"^\$ make ([a-z-]+)", text, re.MULTILINE)
    assert set(named) <= targets()


def test_the_readme_names_every_command_and_every_make_target():
    text = README.read_text()
    assert set(re.findall(r"^\| `lakehouse ([a-z]+)`", text, re.MULTILINE)) == set(COMMANDS)
    assert set(re.findall(r"^\| `make ([a-z-]+)`", text, re.MULTILINE)) == targets()


def test_every_setting_is_documented_with_its_default():
    table = (ROOT / "docs" / "operations.md").read_text()
    rows = dict(re.findall(r"^\| `LAKEHOUSE_(\w+)` \| ([^|]+?) \|", table, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if not field.is_required() and field.default is not None:
            assert rows[name.upper()] == f"`{field.default}`", name


@every
def test_every_setting_named_exists(document):
    named = set(re.findall(r"LAKEHOUSE_([A-Z_]*[A-Z])", document.read_text()))
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_table_of_what_compiles_is_complete():
    text = (ROOT / "docs" / "contracts.md").read_text().partition("## What compiles")[2].partition("\n## ")[0]
    firsts = re.findall(r"^\| (`[^|]+?) \|", text, re.MULTILINE)
    assert {name for first in firsts for name in re.findall(r"`(\w+)`", first)} == set(_CONDITIONS)


@every
def test_a_document_names_no_place_of_one_machine(document):
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", document.read_text())
