"""The demo: SuperCorp's shop is started and filled, its dumps land, the whole lake is built.

One process, one Spark session; ends with an answer. ``python -m jobs.demo --size small``.
"""

