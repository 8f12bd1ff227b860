"""What is done with coupons, one verb a file."""
