"""People: joining, the second step at sign-in, one's own account, and the members an admin looks after."""
