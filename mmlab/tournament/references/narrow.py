"""A spread that does not pay for what the informed take."""


def quotes(mid_price, inventory, time_left):
    """Quote 0.05 away from the mid."""
    return mid_price - 0.05, mid_price + 0.05, 2
