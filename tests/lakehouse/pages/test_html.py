import pytest

from lakehouse.pages.html import templates


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fell from 22 % to 2.6 %", "fell from 22\u00a0% to 2.6\u00a0%"),
        ("-11 % (-20 % to -2.0 %)", "−11\u00a0% (−20\u00a0% to −2.0\u00a0%)"),  # noqa: RUF001
        ("€ 1,540 of € 2,940", "€\u00a01,540 of €\u00a02,940"),
        ("2026-06-30, of 8-inch boards", "2026-06-30, of 8-inch boards"),
    ],
)
def test_a_number_stays_with_its_unit_and_a_minus_is_one(said, shown):
    assert templates().from_string("{{ said | typeset }}").render(said=said) == shown
