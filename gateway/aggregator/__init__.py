"""One question to many: plan whom to ask, gather, examine, merge, tell each source's status (the national AgP)."""
