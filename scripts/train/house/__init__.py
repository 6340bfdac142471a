"""The training house: from data to a model package, one command a model. `python -m house --help`; README.md beside it."""
