"""Migrations of coupons."""
