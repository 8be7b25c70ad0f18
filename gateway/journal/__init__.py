"""The message journal: the last exchanges with their route decisions, kept in a database, read by ``rivta journal``."""
