import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F

from lakehouse.trust.freetext import masked, masked_text

CASES = {
    "write to ada.lovelace@mail.example.org, please": "write to [email], please",
    "https://shop.example/done?email=ada%40example.org&x=1": "https://shop.example/done?email=[email]&x=1",
    "/a?e=ada%2Btest%40example.co.uk#top": "/a?e=[email]#top",
    "<jörg@bücher.example>": "<[email]>",
    "(a@b.io) and c@d.io": "([email]) and [email]",
    "ring +49 170 123-4567 today": "ring [phone] today",
    "ring +49 (0)170/1234567.": "ring [phone].",
    "0049 30 1234567": "[phone]",
    "tel=%2B49%20170%201234567": "tel=[phone]",
    "IBAN DE89 3704 0044 0532 0130 00 it is": "IBAN [account] it is",
    "card 4111 1111 1111 1111 or 4111111111111111": "card [account] or [account]",
    "order 123456, 2 at 19.99 on 2026-03-29 10:15": "order 123456, 2 at 19.99 on 2026-03-29 10:15",
    "SKU-00042 is 100 % @home": "SKU-00042 is 100 % @home",
    "": "",
    r'{"note":"me:\nada@x.example\n+49 170 1234567\nDE89 3704 0044 0532 0130 00"}': (
        r'{"note":"me:\n[email]\n[phone]\n[account]"}'
    ),
}


@pytest.mark.parametrize("text", CASES)
def test_addresses_and_numbers_are_found_by_their_form_and_nothing_else_is(text):
    assert masked_text(text) == CASES[text]


def test_spark_masks_as_python_does(spark):
    frame = spark.createDataFrame([(text,) for text in [*CASES, None]], "text string")

    found = frame.select("text", masked(F.col("text")).alias("masked")).collect()

    assert {row.text: row.masked for row in found} == CASES | {None: None}


local = st.text("abcdefghijklmnopqrstuvwxyz0123456789._+-ß", min_size=1, max_size=20)
domain = st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5}){1,2}", fullmatch=True)


@given(local, domain, st.sampled_from(["@", "%40"]), st.text(max_size=20), st.text(max_size=20))
def test_no_address_is_left_whatever_stands_around_it(local, domain, at, before, after):
    assert f"{local}{at}{domain}" not in masked_text(f"{before} {local}{at}{domain} {after}")
