"""What the lake's steps are given: the Spark session. Everything else comes from the settings."""
