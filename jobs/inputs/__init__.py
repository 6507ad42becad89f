"""What a run is given: crawl files, lists, benchmarks."""
