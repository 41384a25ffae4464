"""How readouts and titles say positions and amounts, and what went wrong."""


def position(inventory: float) -> str:
    """Say what is held: "Long 3 clips", "Short 1 clip", "Flat"."""
    if inventory == 0:
        return "Flat"
    return f"{'Long' if inventory > 0 else 'Short'} {abs(inventory):g} clip{'s' if abs(inventory) != 1 else ''}"


def amount(value: float, digits: int = 2, sign: str = "-") -> str:
    """A number with so many decimals, its minus as wide as a plus and not before a zero; sign "+" shows a plus."""
    return f"{value:{sign}z.{digits}f}".replace("-", "−")


def failure(error: Exception) -> str:
    """What went wrong: errors of our own are sentences; a foreign one needs its kind to be understood."""
    return str(error) if type(error).__module__.startswith("mmlab.") else f"{type(error).__name__}: {error}"
