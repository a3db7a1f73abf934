"""The one place that knows Dagster: the lake's tables as assets, their rules as checks, their runs."""
