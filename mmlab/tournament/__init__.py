"""The tournament: strategies as files, in one order book, on the same hours; who is better, and how surely."""
