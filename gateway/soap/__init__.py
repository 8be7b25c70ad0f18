"""Bytes to envelope and back: head scan, safe parsing, faults. No I/O and no imports from the other packages."""
