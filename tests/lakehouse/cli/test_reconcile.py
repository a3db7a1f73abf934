import pytest
from typer import BadParameter

from lakehouse.cli import reconcile
from lakehouse.errors import SettingsError
from lakehouse.lake import Lake
from lakehouse.testing import small_lake
from lakehouse.trust.reconciliation.telling import database_of


def test_a_source_whose_database_nobody_named_is_a_sentence(tmp_path):
    lake = small_lake(tmp_path, source_databases={"desk": "postgresql://ann:secret@host/desk"})
    assert database_of(lake, "desk") == "postgresql://ann:secret@host/desk"
    with pytest.raises(SettingsError, match=r"LAKEHOUSE_SOURCE_DATABASES=\{\"shop\".*databases of desk"):
        database_of(lake, "shop")


def test_the_system_need_not_be_named_where_only_one_has_a_database(tmp_path, monkeypatch):
    monkeypatch.setattr(Lake, "load", lambda: small_lake(tmp_path))
    with pytest.raises(BadParameter, match="--system NAME"):
        reconcile.command()
