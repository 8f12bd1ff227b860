"""Programs that measure: each prints the limit and the product side by side. See README.md."""
