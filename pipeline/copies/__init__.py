"""Documents and pictures that are alike: pairs, components, clusters."""
