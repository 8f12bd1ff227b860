"""The verifiers' phone page at /shop: sign in, choose a store, scan or type, redeem, undo."""
