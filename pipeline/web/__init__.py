"""The web as it is asked: politely, safely, within caps."""
