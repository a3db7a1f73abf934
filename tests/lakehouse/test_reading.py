import pytest

from lakehouse import changes, keys, whole, window


@pytest.mark.parametrize(
    ("read", "how"),
    [(changes(), "changes"), (keys("id"), "keys"), (window("at"), "window"), (whole(), "whole")],
)
def test_a_way_of_reading_has_the_name_of_its_word(read, how):
    assert read.how == how


def test_keys_map_the_readers_columns_to_the_inputs():
    assert keys("day", "shop", reader="id").columns == {"day": "day", "shop": "shop", "reader": "id"}


def test_windows_are_found_by_a_column_of_the_input():
    assert window("placed_at").by == "placed_at"


def test_a_whole_input_triggers_unless_it_is_a_mere_look_up():
    assert whole().triggers
    assert not whole(triggers=False).triggers
