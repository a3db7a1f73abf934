"""SuperCorp's lake: one dataset, one file; a folder a layer."""
