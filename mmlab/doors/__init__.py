"""How the book comes to its readers: what builds and publishes it. Nothing here is needed to read it.

Each file needs the standard library alone to be imported, and says in a sentence which package is missing and how to
get it.
"""
