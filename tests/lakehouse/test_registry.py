import pytest

from lakehouse.errors import DeclarationError
from lakehouse.registry import entries_of, wrong
from lakehouse.trust.subjects import Identifier, Subject

READER = Subject("reader", (Identifier("card", ("desk_readers.card",)),))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's package of datasets; gives the folder and the package's name."""
    package = f"registry_{tmp_path.name}"
    (tmp_path / package).mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / package, package


def test_entries_are_found_in_the_file_of_their_name(project):
    folder, package = project
    (folder / "subjects.py").write_text(
        "from tests.lakehouse.test_registry import READER\n\nSUBJECTS = (READER,)\n"
    )
    assert entries_of(package, "subjects", Subject) == (READER,)


def test_a_project_without_the_file_or_without_datasets_has_none(project):
    assert entries_of(project[1], "subjects", Subject) == ()
    assert entries_of("no_such_package", "subjects", Subject) == ()


@pytest.mark.parametrize("body", ["", "SUBJECTS = ['reader']", "SUBJECTS = ('reader',)"])
def test_a_file_that_declares_anything_else_is_one_clear_error(project, body):
    folder, package = project
    (folder / "subjects.py").write_text(body)
    with pytest.raises(
        DeclarationError, match=r"subjects\.py: the registry holds no subjects; expected SUBJECTS = "
    ):
        entries_of(package, "subjects", Subject)


def test_an_error_names_the_entry_by_kind_and_name():
    assert str(wrong(READER, "not a name", found="?")) == "subject reader: not a name; found ?."
