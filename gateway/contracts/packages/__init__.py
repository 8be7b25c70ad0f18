"""Packages of service contracts in the official layout: read, understood, kept and written."""
