"""What may be done with a coupon, as functions of plain values: no database, no clock, no network."""
