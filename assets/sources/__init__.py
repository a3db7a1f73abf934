"""What the company's systems hold, a file per system: data, from which docs/sources.md is made."""
