"""The bench: what the platform costs, beside nginx as a plain proxy. Run ``python -m tests.bench``."""
