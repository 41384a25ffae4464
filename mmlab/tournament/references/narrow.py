"""A spread that does not pay for what the informed take."""


def quotes(mid_price, inventory, time_left):
    """Quote 0.02 away from the mid."""
    return mid_price - 0.02, mid_price + 0.02, 2
