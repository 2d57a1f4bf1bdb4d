"""The bot platform of Trunkline."""
