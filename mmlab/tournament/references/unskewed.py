"""The same spread, whatever is held."""


def quotes(mid_price, inventory, time_left):
    """Quote 0.6 away from the mid."""
    return mid_price - 0.6, mid_price + 0.6, 2
