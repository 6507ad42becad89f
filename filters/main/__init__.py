"""Which of a page is its main content: measures, features, and the model that weighs them."""
