"""What goes wrong with a database, without its driver's own exceptions."""


class StorageError(Exception):
    """The database cannot be used as it is, now.

    Attributes:
        where: its URL without the password.
        problem: one line, English, without values that were to be stored.
    """

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")
