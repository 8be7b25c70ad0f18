"""The bench: what the platform costs, beside nginx as a plain proxy in the same run (``python -m tests.bench``)."""
