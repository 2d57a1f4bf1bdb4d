"""The demo chat itself: pure state, no socket and no clock."""
