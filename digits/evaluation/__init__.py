"""How good the network is: metrics, robustness, and all pictures."""
