"""The release folder: tar shards beside the Parquet ones, the manifest, the cards."""
