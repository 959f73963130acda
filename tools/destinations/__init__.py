"""Where messages and lists go: one protocol, a file, mail, webhooks and the services behind them."""
