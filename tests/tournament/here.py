"""A strategy of our own at its tables in the tests' own process, and like one `Apart` but for limits and cheats."""

from mmlab.tournament.refereeing import Lost
from mmlab.tournament.tables import Tables


class Here:
    def __init__(self, source, name):
        self.source, self.name = source, name

    def sit(self, n_tables, conditions):
        try:
            self.tables = Tables(self.source, self.name, n_tables, conditions.tick)
        except Exception as error:
            raise Lost(f"{type(error).__name__}: {error}") from None

    def ask(self, *known):
        self.known = known

    def answer(self):
        return self.tables.quotes(*self.known)

    def leave(self):
        return ""
