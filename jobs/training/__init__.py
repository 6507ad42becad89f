"""Training of the models that the tree carries, from pages that people marked."""
