"""Files of other programs read and written as social accounting matrices."""
