"""The questions of chapter 08 and its exercises."""
