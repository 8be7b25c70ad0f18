"""A stand-in for the national service platform (NTjP/SKLTP): contracts, routing, aggregation, producers."""

__version__ = "0.1.0"
