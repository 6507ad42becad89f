"""What a picture is and looks like: sizes, hashes, models, provenance."""
