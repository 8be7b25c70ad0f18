"""The national catalogue's (TAK) formats, read and written without any side effect."""
