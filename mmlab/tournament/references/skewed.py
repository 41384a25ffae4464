"""A fair spread that leans against the inventory: what one sells or buys too much of, the price says."""


def quotes(mid_price, inventory, time_left):
    """Quote 0.6 away from a middle that goes down by 0.06 a clip held."""
    middle = mid_price - 0.06 * inventory
    return middle - 0.6, middle + 0.6, 2
