"""Coupons, codes, claims, redemption and the customer's pages."""
