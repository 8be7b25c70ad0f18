"""The whole country by simulation: fills a database, answers for all its producers, and drives the national load."""
