from assets.bronze.web_events import FROM_CONTEXT, web_events


def test_what_is_needed_of_the_context_is_taken_out_of_it(spark):
    context = (
        '{"ip":"100.64.0.1","userAgent":"Mozilla/5.0","library":{"name":"analytics.js"},"app":{"version":"3.1.0"},'
        '"locale":"de-DE","timezone":"Europe/Berlin","page":{"path":"/cart","search":"?a=1","referrer":"https://x.example/"},'
        '"campaign":{"source":"google","medium":"cpc","name":"brand"}}'
    )
    load = spark.createDataFrame([(context,), ("{}",), (None,)], "context string")

    full, *empty = web_events(load).select(*FROM_CONTEXT).collect()

    assert tuple(full) == (
        "100.64.0.1",
        "Mozilla/5.0",
        "analytics.js",
        "3.1.0",
        "de-DE",
        "Europe/Berlin",
        "/cart",
        "?a=1",
        "https://x.example/",
        "google",
        "cpc",
        "brand",
    )
    assert {value for row in empty for value in row} == {None}


def test_only_named_columns_of_the_context_cross_the_border():
    protected = {column.name: column.words.protect.value for column in web_events.spec.personal}

    assert protected == {
        "properties": "mask",
        "traits": "drop",
        "context": "drop",
        "writeKey": "drop",
        "ip": "pseudonym",
        "page_query": "mask",
        "referrer": "mask",
    }
