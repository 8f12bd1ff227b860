"""The coupon designer: one long form with a phone beside it, and everything in a coupon's life."""
